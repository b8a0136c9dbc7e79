#!/usr/bin/env node
import { findPackage } from "@/lib/package";
import { buildProgram } from "./program";

await buildProgram(process.env, findPackage().version).parseAsync();
