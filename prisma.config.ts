import { defineConfig } from "prisma/config";

// `prisma generate` only: migrations are applied by the server itself, without Prisma's
// native schema engine (lib/adapters/prisma/migrate.ts).
export default defineConfig({ schema: "prisma/schema.prisma" });
