import type { ReactNode } from "react";
import { cn } from "./cn";

export interface Column<T> {
  header: string;
  /** Says nothing above the cells, but to assistive technology. */
  headerHidden?: boolean;
  cell: (row: T) => ReactNode;
  /** Of header and cells: widths, alignment. */
  className?: string;
  /** Left out on a phone's card. */
  desktopOnly?: boolean;
}

export interface DataTableProps<T> {
  /** Names the table. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
}

/** Rows of figures; on a phone each row is a card. */
export function DataTable<T>({ label, columns, rows, rowKey }: DataTableProps<T>) {
  return (
    <table aria-label={label} className="w-full table-fixed text-sm max-md:block">
      <thead className="max-md:hidden">
        <tr className="border-line border-b text-left text-ink-3 text-xs">
          {columns.map(({ header, headerHidden, className }) => (
            <th key={header} scope="col" className={cn("h-9 px-4 font-medium", className)}>
              {headerHidden ? <span className="sr-only">{header}</span> : header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-md:block">
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            className="relative transition-colors duration-150 hover:bg-canvas max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-4 max-md:gap-y-1.5 max-md:px-4 max-md:py-3.5"
          >
            {columns.map(({ header, cell, className, desktopOnly }) => (
              <td
                key={header}
                className={cn(
                  "h-12 truncate px-4 max-md:h-auto max-md:w-auto! max-md:p-0 max-md:text-left! max-md:first:basis-full",
                  className,
                  desktopOnly && "max-md:hidden",
                )}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
