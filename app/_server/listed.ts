import { notFound } from "next/navigation";
import { isAppError } from "@/core/errors";

/** A page of a list; an address with a cursor of no list is one that does not exist. */
export async function listed<T>(page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    if (isAppError(error) && error.code === "invalid" && error.field === "cursor") notFound();
    throw error;
  }
}
