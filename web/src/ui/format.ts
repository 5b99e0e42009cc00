// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes and errors in words.
import type { EngineError } from "../api/result";
import type { Unreadable } from "../dropped_files";

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const count = (value: number) => whole.format(value);

const counted = (value: number, one: string) => `${count(value)} ${value === 1 ? one : `${one}s`}`;

/** 1 image, 2 images */
export const images = (value: number) => counted(value, "image");

export const files = (value: number) => counted(value, "file");

/** "3 files and 1 folder could not be read."; nothing where all could. */
export function unreadable(numbers: Unreadable): string {
  const parts = [...(numbers.files > 0 ? [files(numbers.files)] : []), ...(numbers.folders > 0 ? [counted(numbers.folders, "folder")] : [])];
  return parts.length > 0 ? `${parts.join(" and ")} could not be read.` : "";
}

/** What is to be done about images that are nearly black to the network; nothing where there are none. */
export function faint(number: number): string {
  if (number === 0) return "";
  const subject = number === 1 ? "1 image has 16-bit samples that stay below a quarter of full scale: it is"
    : `${count(number)} images have 16-bit samples that stay below a quarter of full scale: they are`;
  return `${subject} nearly black to the network. Films of 10 to 14 bits have to be scaled to 65,535 first.`;
}

/** Decimal units, as file managers show them. */
export function size(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? whole.format(value) : three.format(value)} ${units[unit]}`;
}

/** "45", "3.2", "0.12": two digits are all that a rate is good for. */
export const rate = (value: number) => (value >= 100 ? whole.format(Math.round(value)) : short.format(value));

/** "920" for how many times something is smaller. */
export const factor = (value: number) => short.format(value);

export function duration(seconds: number): string {
  if (seconds < 1.5) return "1 second";
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`;
  return `${short.format(seconds / 3600)} hours`;
}

/** The engine's explanations begin without a capital and end without a point. */
export function sentence(text: string): string {
  const isComplete = /[.!?…]$/.test(text);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${isComplete ? "" : "."}`;
}

export function percent(fraction: number): string {
  return `${new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(fraction * 100)} %`;
}

/** What happened, what to do, and the stable code for whoever is asked for help. */
export const error = ({ detail, advice, code }: EngineError) => `${sentence(detail)} ${advice} (${code})`;
