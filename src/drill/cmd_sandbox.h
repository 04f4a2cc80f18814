/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sandbox - `truecount sandbox`: look-alikes of the channels' APIs on a port, with shoppers. */
#pragma once

/* argv[0] is the command's own name. Returns the exit status: 0, 1 on a fault, 2 for bad usage. */
int cmd_sandbox(int argc, char **argv);
