"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { FormError } from "@/components/auth/form-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import type { WhyValues } from "../broadcast/pasted-viewer";
import { readViewer, whyResolver } from "../broadcast/why-form";

const VerdictList = dynamic(() => import("./verdict-list").then((found) => found.VerdictList));

type Answer = Awaited<ReturnType<ReturnType<typeof useBroadcastApi>["verdicts"]>>;

/** Why a user does or does not see each broadcast that is out ([AUD4]). Asking changes nothing. */
export function WhyViewer() {
  const api = useBroadcastApi();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm<WhyValues>({
    resolver: whyResolver,
    defaultValues: { subject: "", traits: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const ask = form.handleSubmit(async (values) => {
    const made = await readViewer(values);
    if (!("viewer" in made)) return;
    const { subject, roles, traits, locale } = made.viewer;
    setFailure(null);
    try {
      setAnswer(await api.verdicts({ subject, roles, traits, locale }));
    } catch (error) {
      setFailure(sentenceOf(error));
    }
  });

  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]">
      <Card title="Who">
        <form onSubmit={ask} noValidate className="grid gap-5 px-4 py-5">
          <Field
            label="User id"
            error={errors.subject?.message}
            hint="As in sub of the user token. Alone, it is judged by what was last known of them."
          >
            <Input
              placeholder="u_42"
              spellCheck={false}
              autoComplete="off"
              autoCapitalize="none"
              {...form.register("subject")}
            />
          </Field>
          <Field
            label="Traits"
            note="optional"
            error={errors.traits?.message}
            hint="plan=pro, one a line; or JSON; or all claims of a user token, with its roles and language."
          >
            <Textarea
              rows={5}
              placeholder={"plan=pro\nseats=12"}
              spellCheck={false}
              autoCapitalize="none"
              className="font-mono text-sm"
              {...form.register("traits")}
            />
          </Field>
          <Button type="submit" look="primary" busy={isSubmitting} className="justify-self-start">
            Explain
          </Button>
          <FormError>{failure}</FormError>
        </form>
      </Card>
      <div role="status">
        <Card title="What they see, and why">
          {answer ? (
            <>
              <Judged answer={answer} />
              <VerdictList verdicts={answer.verdicts} />
            </>
          ) : (
            <Empty icon={Search} title="Ask about somebody">
              Enter a user id, and this says of every broadcast that is live or scheduled whether
              they see it, and what decides.
            </Empty>
          )}
        </Card>
      </div>
    </div>
  );
}

/** Whom the answer is about, and where that is known from. */
function Judged({ answer: { viewer, sessionId } }: { answer: Answer }) {
  const { recipient, roles, traits, locale } = viewer;
  const known = [
    ...(roles.length > 0 ? [`roles ${roles.join(", ")}`] : []),
    ...Object.entries(traits).map(([trait, value]) => `${trait} ${JSON.stringify(value)}`),
    ...(locale ? [`language ${locale}`] : []),
  ];
  return (
    <p className="border-line border-b bg-canvas px-4 py-2.5 text-ink-2 text-sm">
      <span className="font-medium text-ink">{recipient.slice(recipient.indexOf(":") + 1)}</span>
      {known.length > 0 ? `, with ${known.join(", ")}` : ", without roles or traits"}
      {sessionId ? (
        <>
          {", as last known from "}
          <Link
            href={`/sessions/${sessionId}`}
            className="rounded-xs text-ink underline underline-offset-2"
          >
            their session
          </Link>
        </>
      ) : null}
      .
    </p>
  );
}
