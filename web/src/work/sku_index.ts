// SPDX-License-Identifier: Apache-2.0
/*
 * sku_index - from what is scanned to the SKU that is meant: by code, by a former code, by barcode.
 *
 * Kept on the device, so that a stock room without reception can be counted. Codes win over
 * aliases, both over barcodes; a barcode that several SKUs have means none of them.
 */
import { barcodeKey, codeKey } from "./scan.ts";

export interface IndexedSku {
  sku: string;
  title: string;
  barcode: string;
  aliases?: string[];
}

export type Found =
  | { kind: "one"; sku: IndexedSku }
  | { kind: "several"; skus: IndexedSku[] }
  | { kind: "none" };

export class SkuIndex {
  private byCode = new Map<string, IndexedSku>();
  private byAlias = new Map<string, IndexedSku>();
  private byBarcode = new Map<string, IndexedSku[]>();

  get size(): number {
    return this.byCode.size;
  }

  add(rows: readonly IndexedSku[]): void {
    for (const { sku, title, barcode, aliases } of rows) {
      const key = codeKey(sku);
      if (this.byCode.has(key)) {
        continue;
      }
      const row: IndexedSku = { sku, title, barcode };
      this.byCode.set(key, row);
      for (const alias of aliases ?? []) {
        this.byAlias.set(codeKey(alias), row);
      }
      if (barcode) {
        const barcode_ = barcodeKey(barcode);
        const known = this.byBarcode.get(barcode_);
        if (known) {
          known.push(row);
        } else {
          this.byBarcode.set(barcode_, [row]);
        }
      }
    }
  }

  find(scanned: string): Found {
    const key = codeKey(scanned);
    const named = this.byCode.get(key) ?? this.byAlias.get(key);
    if (named) {
      return { kind: "one", sku: named };
    }
    const meant = this.byBarcode.get(barcodeKey(scanned)) ?? [];
    if (meant.length > 1) {
      return { kind: "several", skus: [...meant] };
    }
    return meant[0] ? { kind: "one", sku: meant[0] } : { kind: "none" };
  }

  /** For a person who types part of it: at most `limit`, those that begin with it first. */
  like(text: string, limit: number): IndexedSku[] {
    const wanted = codeKey(text);
    if (!wanted) {
      return [];
    }
    const begins: IndexedSku[] = [];
    const holds: IndexedSku[] = [];
    for (const [key, row] of this.byCode) {
      if (key.startsWith(wanted)) {
        begins.push(row);
      } else if (holds.length < limit &&
        (key.includes(wanted) || codeKey(row.title).includes(wanted))) {
        holds.push(row);
      }
      if (begins.length >= limit) {
        break;
      }
    }
    return [...begins, ...holds].slice(0, limit);
  }

  titleOf(sku: string): string {
    return this.byCode.get(codeKey(sku))?.title ?? "";
  }
}
