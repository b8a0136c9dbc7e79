import { Card } from "@/components/ui/card";
import { LIMITS } from "@/core/limits";
import { formatCount, formatDuration } from "../format";

const KIB = 1024;

/** What the environment of this server sets; 0 switches a limit off. */
export interface ServerLimits {
  publishesPerMinute: number;
  apiCallsPerMinute: number;
  signInsPer10Minutes: number;
  connectionsPerUser: number;
  connectionsPerAddress: number;
  connectionsPerWorker: number;
  framesPerSecond: number;
  bodyBytes: number;
}

export interface ServerFacts {
  limits: ServerLimits;
  sessionTtlS: number;
  sessionStreamMode: "multiple" | "single-owner";
}

/** What holds here and is not set in the dashboard: for looking up, and where it is changed. */
export function LimitsCard({ limits, sessionTtlS, sessionStreamMode }: ServerFacts) {
  const each = (value: number, unit: string) =>
    value === 0 ? "No limit" : `${formatCount(value)} ${unit}`;
  return (
    <Card
      title="Limits"
      description="Set where the server is started, by the variable named; the first four are fixed."
    >
      <dl className="divide-y divide-line text-sm">
        <Row name="Live or scheduled broadcasts">{formatCount(LIMITS.liveBroadcasts)}</Row>
        <Row name="Message">
          {`${LIMITS.messageChars} characters, ${LIMITS.messageCharsRecommended} recommended`}
        </Row>
        <Row name="Translations of a broadcast">{formatCount(LIMITS.translations)}</Row>
        <Row name="Users named in an audience">{formatCount(LIMITS.explicitUsers)}</Row>
        <Row name="Publishes" variable="LIMIT_PUBLISHES_PER_MINUTE">
          {each(limits.publishesPerMinute, "a minute in this workspace")}
        </Row>
        <Row name="API calls" variable="LIMIT_API_CALLS_PER_MINUTE">
          {each(limits.apiCallsPerMinute, "a minute for each key or person")}
        </Row>
        <Row name="Sign-ins" variable="LIMIT_SIGN_INS_PER_10_MINUTES">
          {each(limits.signInsPer10Minutes, "in 10 minutes for each address and account")}
        </Row>
        <Row name="Connections of a user" variable="LIMIT_CONNECTIONS_PER_USER">
          {each(limits.connectionsPerUser, "open at once")}
        </Row>
        <Row name="Connections of an address" variable="LIMIT_CONNECTIONS_PER_ADDRESS">
          {each(limits.connectionsPerAddress, "open at once")}
        </Row>
        <Row name="Connections of a server process" variable="LIMIT_CONNECTIONS_PER_WORKER">
          {each(limits.connectionsPerWorker, "open at once")}
        </Row>
        <Row name="Messages of a connection" variable="LIMIT_FRAMES_PER_SECOND">
          {each(limits.framesPerSecond, "a second, with bursts of five times that")}
        </Row>
        <Row name="Request body" variable="LIMIT_BODY_BYTES">
          {limits.bodyBytes % KIB === 0
            ? each(limits.bodyBytes / KIB, "KiB")
            : each(limits.bodyBytes, "bytes")}
        </Row>
        <Row name="A session outlives its last connection by" variable="WEBSOCKET_SESSION_TTL">
          {formatDuration(sessionTtlS * 1000)}
        </Row>
        <Row name="Session streams" variable="SESSION_STREAM_MODE">
          {sessionStreamMode === "multiple"
            ? "Several connections to a session"
            : "One connection to a session: a new one closes the one before"}
        </Row>
      </dl>
    </Card>
  );
}

function Row({ name, variable, children }: { name: string; variable?: string; children: string }) {
  return (
    <div className="grid gap-x-10 gap-y-0.5 px-4 py-2.5 md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]">
      <dt className="text-ink-2">{name}</dt>
      <dd className="nums flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        {children}
        {variable ? <span className="font-mono text-ink-3 text-xs">{variable}</span> : null}
      </dd>
    </div>
  );
}
