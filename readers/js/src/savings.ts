// SPDX-License-Identifier: Apache-2.0
// What was saved, by the formulas of chapter 5.
import type { Savings, Section } from "./header/model.js";

/** A formula with a value that was not measured is null. */
export interface SavingsFormulas {
  /** `(HNCT - HOLT) * EC - HNCT` */
  totalSavedSeconds: number | null;
  /** `(TNCT + HOLT) / (HNCT + TNCT)` */
  benefitRatio: number | null;
  /** `((TNCT + HOLT) * (EC - 1) + (HNCT + TNCT)) / ((HNCT + TNCT) * EC)` */
  totalBenefitRatio: number | null;
  /** `IS * IC - HOS * IC - DIS` */
  totalSavedBytes: number | null;
}

/** @param length bytes of the file, with signatures */
export function savingsFormulas(savings: Savings | null, sections: readonly Section[], length: number): SavingsFormulas {
  if (!savings) return { totalSavedSeconds: null, benefitRatio: null, totalBenefitRatio: null, totalSavedBytes: null };
  const { originalCount, originalBytes, encodingSeconds: hnct, loadingSeconds: holt, headSeconds: tnct, epochs } = savings;
  const featureBytes = sections.reduce((sum, section) => sum + (section.name.startsWith("features/") ? section.length : 0), 0);
  const dis = length - featureBytes;
  const where = (measured: number[], formula: () => number): number | null => (measured.every((value) => value > 0) ? formula() : null);
  return {
    totalSavedSeconds: where([hnct, holt, epochs], () => (hnct - holt) * epochs - hnct),
    benefitRatio: where([hnct, holt, tnct], () => (tnct + holt) / (hnct + tnct)),
    totalBenefitRatio: where([hnct, holt, tnct, epochs], () => ((tnct + holt) * (epochs - 1) + (hnct + tnct)) / ((hnct + tnct) * epochs)),
    totalSavedBytes: where([originalCount, originalBytes], () => originalBytes - featureBytes - dis),
  };
}
