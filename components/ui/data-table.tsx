"use client";

import {
  type ColumnDef,
  createSortedRowModel,
  type Header,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { cn } from "./cn";

export interface Column<T> {
  header: string;
  /** Says nothing above the cells, but to assistive technology. */
  headerHidden?: boolean;
  cell: (row: T) => ReactNode;
  /** What the column is sorted by; absent: it is not. Only for lists that are whole. */
  sortBy?: (row: T) => string | number;
  /** Of header and cells: widths, alignment. */
  className?: string;
  /** Left out on a phone's card. */
  desktopOnly?: boolean;
  /** On a phone's card the header's word stands before the cell: a date says little alone. */
  labelOnPhone?: boolean;
}

export interface DataTableProps<T> {
  /** Names the table. */
  label: string;
  /** Outside of the component, or remembered: new columns are a new table. */
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
type Features = typeof features;

/** Rows of figures, sorted by a click on a header; on a phone each row is a card. */
export function DataTable<T>({ label, columns, rows, rowKey }: DataTableProps<T>) {
  const table = useTable<Features, T & object>({
    features,
    columns: useMemo(() => columns.map(definitionOf), [columns]),
    data: rows as readonly (T & object)[],
    getRowId: rowKey,
    enableSortingRemoval: true,
  });
  const byHeader = new Map(columns.map((column) => [column.header, column]));
  return (
    <table aria-label={label} className="w-full table-fixed text-sm max-md:block">
      <thead className="max-md:hidden">
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id} className="border-line border-b text-left text-ink-3 text-xs">
            {group.headers.map((header) => (
              <HeaderCell key={header.id} header={header} column={byHeader.get(header.id)} />
            ))}
          </tr>
        ))}
      </thead>
      <tbody className="divide-y divide-line max-md:block">
        {table.getRowModel().rows.map((row) => (
          <tr
            key={row.id}
            className="relative transition-colors duration-150 hover:bg-canvas max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-4 max-md:gap-y-1.5 max-md:px-4 max-md:py-3.5"
          >
            {row.getAllCells().map((cell) => {
              const column = byHeader.get(cell.column.id);
              return (
                <td
                  key={cell.id}
                  className={cn(
                    "h-12 truncate px-4 max-md:h-auto max-md:w-auto! max-md:p-0 max-md:text-left! max-md:first:basis-full",
                    column?.className,
                    column?.desktopOnly && "max-md:hidden",
                  )}
                >
                  {column?.labelOnPhone ? (
                    <span aria-hidden className="mr-1.5 text-ink-3 md:hidden">
                      {column.header}
                    </span>
                  ) : null}
                  <table.FlexRender cell={cell} />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function HeaderCell<T extends object>({
  header,
  column,
}: {
  header: Header<Features, T, unknown>;
  column: Pick<Column<T>, "header" | "headerHidden" | "className"> | undefined;
}) {
  const sorted = header.column.getIsSorted();
  const Arrow = sorted === "asc" ? ArrowUp : sorted === "desc" ? ArrowDown : ChevronsUpDown;
  const words = column?.headerHidden ? (
    <span className="sr-only">{column.header}</span>
  ) : (
    column?.header
  );
  return (
    <th
      scope="col"
      aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
      className={cn("h-9 px-4 font-medium", column?.className, "text-ink-3")}
    >
      {header.column.getCanSort() ? (
        <button
          type="button"
          onClick={header.column.getToggleSortingHandler()}
          className="-mx-1.5 inline-flex h-7 items-center gap-1 rounded-xs px-1.5 hover:bg-hover hover:text-ink"
        >
          {words}
          <Arrow aria-hidden className={cn("size-3", !sorted && "text-ink-off")} />
        </button>
      ) : (
        words
      )}
    </th>
  );
}

function definitionOf<T>({
  header,
  cell,
  sortBy,
}: Column<T>): ColumnDef<Features, T & object, unknown> {
  return {
    id: header,
    header,
    accessorFn: (row) => sortBy?.(row) ?? null,
    cell: ({ row }) => cell(row.original),
    enableSorting: sortBy !== undefined,
    sortFn: sortFn_basic,
  };
}
