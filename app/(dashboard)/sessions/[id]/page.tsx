import { Inbox } from "lucide-react";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { type PageVisitor, requireVisitor } from "@/app/_server/who";
import { Page } from "@/components/dashboard/page";
import { InboxList } from "@/components/dashboard/sessions/inbox-list";
import { recipientKind } from "@/components/dashboard/sessions/recipient";
import { SessionFacts } from "@/components/dashboard/sessions/session-facts";
import { VerdictList } from "@/components/dashboard/sessions/verdict-list";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { isAppError } from "@/core/errors";
import { toSessionView } from "@/lib/http/views";
import type { StoredSession } from "@/lib/ports/session-store";
import { getSession } from "@/lib/sessions/get-session";
import { inbox } from "@/lib/sessions/inbox";
import { verdictsOn } from "@/lib/sessions/verdicts";
import { viewerOfSession } from "@/lib/sessions/viewer-of-session";

export const metadata: Metadata = { title: "Session" };

export default async function SessionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const visitor = await requireVisitor(`/sessions/${id}`);
  const session = await findSession(visitor, id);
  const { recipient, label } = session;
  const [messages, verdicts] = await Promise.all([
    inbox(visitor.ctx, { id }),
    verdictsOn(visitor.ctx, viewerOfSession(session)),
  ]);
  return (
    <Page
      title={label ?? recipient.slice(recipient.indexOf(":") + 1)}
      beside={<Badge>{recipientKind(recipient)}</Badge>}
      back={{ href: "/sessions", label: "Sessions" }}
      className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]"
    >
      <div className="grid gap-6">
        <Card title="What it sees, and why">
          <VerdictList verdicts={verdicts} />
        </Card>
        <Card title="Inbox">
          {messages.length > 0 ? (
            <InboxList messages={messages} />
          ) : (
            <Empty icon={Inbox} title="Nothing yet">
              Broadcasts that went live since this session began appear here.
            </Empty>
          )}
        </Card>
      </div>
      <Card title="Session">
        <SessionFacts session={toSessionView(session)} />
      </Card>
    </Page>
  );
}

async function findSession({ ctx }: PageVisitor, id: string): Promise<StoredSession> {
  try {
    return await getSession(ctx, { id });
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") notFound();
    throw error;
  }
}
