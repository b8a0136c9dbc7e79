/**
 * A bound on time is multiplied by this where a test runs beside others, on machines of every
 * kind: what happens is shown there. How fast is shown by the long form of tests/chaos and by
 * bench, alone on their machine.
 */
export const PATIENCE = 4;
