/** Where nothing may go: noted when it is asked for, and never reached. */
export const CANARY = "https://canary.test";
/** Whom links must not lead to by looking like a path. */
export const LOOK_ALIKE = "evil.test";
/** Each script below sets this; `watch` notes it. */
export const MARK = "__stolen";

/** What runs, or leaves, on a page that takes it for HTML. */
export const HTML: readonly string[] = [
  `<img src=x onerror=window.${MARK}=1>`,
  `<svg/onload=window.${MARK}=1>`,
  `<svg><animate onbegin=window.${MARK}=1 attributeName=x dur=1s>`,
  `"><iframe srcdoc="<script>parent.${MARK}=1</script>">`,
  `<math><mtext><table><mglyph><style></style><img src=x onerror=window.${MARK}=1>`,
  `<a href=x autofocus tabindex=1 onfocus=window.${MARK}=1>x</a>`,
  `<details open ontoggle=window.${MARK}=1>x`,
  `<video><source onerror=window.${MARK}=1>`,
  `</textarea></title></style></script><img src=x onerror=window.${MARK}=1>`,
  `<body onload=alert(1)><input onfocus=alert(1) autofocus>`,
  `<img src=${CANARY}/img>`,
  `<link rel=stylesheet href=${CANARY}/css>`,
  `<style>@import "${CANARY}/import";</style>`,
  `<object data=${CANARY}/object></object>`,
];

/** What would do so in another way: templates, Markdown, addresses. */
export const OTHERS: readonly string[] = [
  `<script>window.${MARK}=1</script>`,
  `{{constructor.constructor('window.${MARK}=1')()}} \${window.${MARK}=1}`,
  `[a](javascript:window.${MARK}=1)`,
  `[a](JaVaScRiPt&colon;window.${MARK}=1) [b](java&#x0A;script:window.${MARK}=1)`,
  `[a](java\tscript:window.${MARK}=1) [b](<java\nscript:window.${MARK}=1>)`,
  `[a](data:text/html,<script>parent.${MARK}=1</script>) [b](vbscript:x) [c](blob:x)`,
  `![a](${CANARY}/picture) ![a](x"onerror="window.${MARK}=1)`,
  `[a](//${LOOK_ALIKE}/x) [b](\\\\${LOOK_ALIKE}) [c](/\\${LOOK_ALIKE}) [d](/\t/${LOOK_ALIKE})`,
  `<javascript:window.${MARK}=1> <https://x/"onfocus="window.${MARK}=1>`,
  `[a](https://x/"onmouseover="window.${MARK}=1"title=") **b** \`<img onerror=window.${MARK}=1>\``,
];

/** None of them leads to a page of the web, to mail, or within this site. */
export const BAD_LINKS: readonly string[] = [
  "javascript:alert(1)",
  " javascript:alert(1)",
  "\u0001javascript:alert(1)",
  "JAVASCRIPT:alert(1)",
  "java\nscript:alert(1)",
  "java\tscript:alert(1)",
  "javascript&colon;alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "blob:https://a/b",
  "file:///etc/passwd",
  "intent://x#Intent;end",
  `//${LOOK_ALIKE}`,
  `/\\${LOOK_ALIKE}`,
  `\\\\${LOOK_ALIKE}`,
  `/\t/${LOOK_ALIKE}`,
  `///${LOOK_ALIKE}`,
  `https:${LOOK_ALIKE}`,
  `https:/${LOOK_ALIKE}`,
  `https://a@${LOOK_ALIKE}`,
  "",
];
