import { zodResolver } from "@hookform/resolvers/zod";
import { z } from "zod";
import { settingsPatch } from "@/core/api/settings-patch";
import { linesOf } from "../lines";

const { shape } = settingsPatch;

/** The form's own fields, judged by the rules that the API judges with. */
const schema = z.object({
  origins: z.string().superRefine((text, context) => {
    const issue = shape.allowedOrigins.safeParse(linesOf(text)).error?.issues[0];
    if (!issue) return;
    const line = linesOf(text)[Number(issue.path[0])];
    context.addIssue(line ? `${line}: ${issue.message}` : issue.message);
  }),
  anonymousAllowed: z.boolean(),
  timeZone: shape.timeZone.unwrap(),
  defaultLocale: shape.defaultLocale.unwrap(),
  stackSize: z.enum(["1", "2", "3"]),
  jwksUrl: z.string().superRefine((text, context) => {
    const issue = shape.jwksUrl.safeParse(text.trim() || null).error?.issues[0];
    if (issue) context.addIssue("Must be an address such as https://app.example.com/jwks.json");
  }),
  retentionDays: z.coerce.number<string>().pipe(shape.retentionDays.unwrap()),
});

export const settingsResolver = zodResolver(schema);
