import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { SOCKET_READINGS } from "@/lib/metric-figures";
import { ROOT } from "@/scripts/run";
import { expectServerVariables } from "../variables";

/** The parts of Kubernetes' API that we use, strictly: a misspelt field is an error here. */
const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels });
const metadata = z.strictObject({
  name: z.literal("loudhailer"),
  labels: labels.optional(),
  annotations: labels.optional(),
});
const port = z.union([z.int(), z.string()]);
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.enum(["/ready", "/health"]), port }),
  periodSeconds: z.int(),
  timeoutSeconds: z.int().optional(),
  failureThreshold: z.int(),
});
const container = z.strictObject({
  name: z.string(),
  image: z.string().regex(/:\d+\.\d+\.\d+$/, "a version, never latest"),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  envFrom: z.array(
    z.union([
      z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) }),
      z.strictObject({ secretRef: z.strictObject({ name: z.string() }) }),
    ]),
  ),
  env: z.array(
    z.strictObject({
      name: z.string(),
      valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.string() }) }),
    }),
  ),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle: z.strictObject({
    preStop: z.strictObject({ exec: z.strictObject({ command: z.array(z.string()) }) }),
  }),
  resources: z.strictObject({ requests: labels, limits: labels }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
  }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
});
const deployment = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("Deployment"),
  metadata,
  spec: z.strictObject({
    replicas: z.int().min(2),
    selector,
    strategy: z.strictObject({
      rollingUpdate: z.strictObject({ maxUnavailable: z.literal(0), maxSurge: z.int().min(1) }),
    }),
    template: z.strictObject({
      metadata: metadata.omit({ name: true }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false, "LOUDHAILER_PORT would be an unknown variable"),
        terminationGracePeriodSeconds: z.int(),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          fsGroup: z.int().min(1),
          seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
        }),
        topologySpreadConstraints: z.array(
          z.strictObject({
            maxSkew: z.int(),
            topologyKey: z.string(),
            whenUnsatisfiable: z.enum(["ScheduleAnyway", "DoNotSchedule"]),
            labelSelector: selector,
          }),
        ),
        containers: z.tuple([container]),
        volumes: z.array(z.strictObject({ name: z.string(), emptyDir: z.strictObject({}) })),
      }),
    }),
  }),
});
const service = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata,
  spec: z.strictObject({
    selector: labels,
    sessionAffinity: z.literal("None"),
    ports: z.array(z.strictObject({ name: z.string(), port: z.int(), targetPort: port })),
  }),
});
const configMap = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("ConfigMap"),
  metadata,
  data: z.record(z.string(), z.string()),
});
const budget = z.strictObject({
  apiVersion: z.literal("policy/v1"),
  kind: z.literal("PodDisruptionBudget"),
  metadata,
  spec: z.strictObject({ maxUnavailable: z.int().min(1), selector }),
});
const policy = z.strictObject({
  type: z.enum(["Pods", "Percent"]),
  value: z.int().min(1),
  periodSeconds: z.int().min(1).max(1800),
});
const scaling = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3600),
  policies: z.array(policy).min(1),
});
const autoscaler = z.strictObject({
  apiVersion: z.literal("autoscaling/v2"),
  kind: z.literal("HorizontalPodAutoscaler"),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({
      apiVersion: z.literal("apps/v1"),
      kind: z.literal("Deployment"),
      name: z.literal("loudhailer"),
    }),
    minReplicas: z.int().min(2),
    maxReplicas: z.int(),
    metrics: z.tuple([
      z.strictObject({
        type: z.literal("Pods"),
        pods: z.strictObject({
          metric: z.strictObject({ name: z.string() }),
          target: z.strictObject({ type: z.literal("AverageValue"), averageValue: z.string() }),
        }),
      }),
    ]),
    behavior: z.strictObject({ scaleDown: scaling, scaleUp: scaling }),
  }),
});
const ingress = z.strictObject({
  apiVersion: z.literal("networking.k8s.io/v1"),
  kind: z.literal("Ingress"),
  metadata,
  spec: z.strictObject({
    ingressClassName: z.string(),
    tls: z.array(z.strictObject({ hosts: z.array(z.string()), secretName: z.string() })),
    rules: z.array(
      z.strictObject({
        host: z.string(),
        http: z.strictObject({
          paths: z.array(
            z.strictObject({
              path: z.string(),
              pathType: z.enum(["Prefix", "Exact"]),
              backend: z.strictObject({
                service: z.strictObject({
                  name: z.literal("loudhailer"),
                  port: z.strictObject({ name: z.string() }),
                }),
              }),
            }),
          ),
        }),
      }),
    ),
  }),
});

const documents = parseAllDocuments(
  readFileSync(join(ROOT, "deploy/kubernetes/loudhailer.yaml"), "utf8"),
).map((document) => {
  expect(document.errors).toEqual([]);
  return z
    .discriminatedUnion("kind", [deployment, service, configMap, budget, autoscaler, ingress])
    .parse(document.toJS());
});

function only<T extends { kind: string }, K extends T["kind"]>(all: readonly T[], kind: K) {
  const found = all.filter((one): one is Extract<T, { kind: K }> => one.kind === kind);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`There is to be one ${kind}.`);
  return first;
}

describe("the Kubernetes manifests", () => {
  const { spec: deployed } = only(documents, "Deployment");
  const pod = deployed.template.spec;
  const [server] = pod.containers;
  const podLabels = deployed.template.metadata.labels;

  test("everything that selects pods selects these", () => {
    const selectors = [
      deployed.selector.matchLabels,
      only(documents, "Service").spec.selector,
      only(documents, "PodDisruptionBudget").spec.selector.matchLabels,
      ...pod.topologySpreadConstraints.map((spread) => spread.labelSelector.matchLabels),
    ];
    for (const selected of selectors) expect(podLabels).toMatchObject(selected);
  });

  test("ports are called by names that exist", () => {
    const named = server.ports.map((open) => open.name);
    const { ports } = only(documents, "Service").spec;
    for (const probed of [server.startupProbe, server.readinessProbe, server.livenessProbe]) {
      expect(named).toContain(probed.httpGet.port);
    }
    for (const open of ports) expect(named).toContain(open.targetPort);
    const [rule] = only(documents, "Ingress").spec.rules;
    for (const { backend } of rule?.http.paths ?? []) {
      expect(ports.map((open) => open.name)).toContain(backend.service.port.name);
    }
  });

  test("[DEG7] there is time to drain after the wait", () => {
    const [, wait] = server.lifecycle.preStop.exec.command;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30 + Number(wait));
  });

  test("§ 8: losing Redis or PostgreSQL restarts nothing", () => {
    expect(server.readinessProbe.httpGet.path).toBe("/ready");
    expect(server.livenessProbe.httpGet.path).toBe("/health");
  });

  test("what is mounted is there, and the other way round", () => {
    const mounted = server.volumeMounts.map((mount) => mount.name).sort();
    expect(pod.volumes.map((volume) => volume.name).sort()).toEqual(mounted);
  });

  test("§ 14: every variable is one that the server reads", () => {
    const { data } = only(documents, "ConfigMap");
    expectServerVariables([...Object.keys(data), ...server.env.map((variable) => variable.name)]);
  });

  test("replicas are scaled by a metric that they have", () => {
    const { spec } = only(documents, "HorizontalPodAutoscaler");
    const names = SOCKET_READINGS.map((reading) => reading.name);
    expect(names).toContain(spec.metrics[0].pods.metric.name);
    expect(spec.minReplicas).toBe(deployed.replicas);
  });
});
