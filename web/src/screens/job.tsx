// SPDX-License-Identifier: Apache-2.0
// Something long under way: looked at until it ends.
import { useEffect } from "preact/hooks";
import type { Job } from "../api/types.ts";
import { useQuery } from "../app/query.ts";

export function useJob(id: string | null, onEnd?: (job: Job) => void): Job | null {
  const query = useQuery<Job>(id ? `/v1/jobs/${id}` : null, { every: 700 });
  const job = query.data;
  const ended = job && job.state !== "queued" && job.state !== "running";
  useEffect(() => {
    if (ended && job) {
      onEnd?.(job);
    }
  }, [ended ? job.id : null]);
  return job;
}

export function Progress({ job }: { job: Job }) {
  const known = job.total > 0;
  return <progress class="bar" {...(known ? { max: job.total, value: job.done } : {})} aria-label="Progress" />;
}
