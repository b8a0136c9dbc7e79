import type { ReactNode } from "react";
import { plural } from "../format";
import { RelativeTime } from "../time";
import { clientWords } from "./client-words";
import type { SessionRow } from "./session-table";

/** What is known of a session and its recipient. */
export function SessionFacts({
  session,
}: {
  session: SessionRow & { roles: string[]; traits: Record<string, unknown>; nodeId: string };
}) {
  const { id, recipient, roles, traits, locale, client, workerId, nodeId, connections } = session;
  const known = Object.entries(traits);
  return (
    <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-4 gap-y-2.5 break-words px-4 py-4 text-sm">
      <Fact label="State">
        {connections > 0 ? plural(connections, "open connection", "open connections") : "Away"}
      </Fact>
      <Fact label="First seen">
        <RelativeTime at={Date.parse(session.firstSeenAt)} />
      </Fact>
      <Fact label="Last seen">
        {connections > 0 ? "now" : <RelativeTime at={Date.parse(session.lastSeenAt)} />}
      </Fact>
      <Fact label="Client">{clientWords(client)}</Fact>
      <Fact label="Language">{locale ?? "not given"}</Fact>
      <Fact label="Roles">{roles.length > 0 ? roles.join(", ") : "none"}</Fact>
      <Fact label="Traits">
        {known.length > 0
          ? known.map(([trait, value]) => (
              <span key={trait} className="block font-mono text-xs leading-5">
                {trait}: {JSON.stringify(value)}
              </span>
            ))
          : "none"}
      </Fact>
      <Fact label="Worker">
        <Code>{workerId}</Code> on {nodeId}
      </Fact>
      <Fact label="Recipient">
        <Code>{recipient}</Code>
      </Fact>
      <Fact label="Session">
        <Code>{id}</Code>
      </Fact>
    </dl>
  );
}

function Code({ children }: { children: string }) {
  return <span className="break-all font-mono text-xs">{children}</span>;
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
