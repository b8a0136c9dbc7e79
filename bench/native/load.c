/*
 * The load client of the bench: very many WebSocket clients in one thread, cheap enough that the
 * server under test is what is measured. It knows no protocol but frames: what a frame is, the
 * caller says by how its text begins. Commands come on standard input, one a line; answers are
 * lines of JSON. Times are CLOCK_MONOTONIC in ns, the clock of Node's process.hrtime.bigint().
 *
 * Arguments: host port path kind. Kinds: plain (any text frame that begins with `{` counts),
 * socketio (`42`), loudhailer (frames told apart by their type).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_MARKS 100000
#define READ_BYTES (256 * 1024)
/* Clients behind one source address: far below the number of ports there are. */
#define PER_ADDRESS 1000
/*
 * With nothing to read it sleeps instead of waiting for the next byte: then the server's send()
 * does not also pay for waking the client, which it would not over a network. Times are exact to
 * this.
 */
#define PAUSE_NS 500000
/* Refused or cut off without being told when: back after this. */
#define DEFAULT_RETRY_MS 1000

enum kind { PLAIN, SOCKETIO, LOUDHAILER };
enum state { IDLE, CONNECTING, SHAKING, OPENING, READY, WAITING };

struct conn {
  int fd;
  enum state state;
  uint8_t *rest;
  uint32_t rest_len;
  uint32_t rest_cap;
  /* What it connects with: a subprotocol that carries a token. */
  char *token;
  /* `loudhailer.session.` and the token the server gave. */
  char *session;
  uint64_t retry_at;
};

static enum kind kind = PLAIN;
static const char *path;
static struct sockaddr_in server;
static struct conn *conns;
static uint32_t count, capacity;
static uint32_t next_start, ready, window_size, in_flight;
static int by_session, is_lazy, epoll_fd, address_offset;
static uint64_t frames, bytes, acked, actives, refused, lost, expected, expected_acks;
static uint32_t ready_expected;
static uint64_t last_ns, ready_started_ns;
static uint32_t mark_counts[MAX_MARKS];
static uint64_t mark_ns[MAX_MARKS];
static uint8_t buffer[READ_BYTES];

static uint64_t now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000ull + (uint64_t)at.tv_nsec;
}

static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
  fflush(stdout);
}

static void fail(const char *what) {
  say("{\"event\":\"failed\",\"what\":\"%s: %s\"}", what, strerror(errno));
  exit(1);
}

/* A masked text frame; the mask is zero, so the payload goes as it is. */
static size_t frame_of(uint8_t *out, uint8_t opcode, const char *text, size_t length) {
  size_t at = 0;
  out[at++] = 0x80 | opcode;
  if (length < 126) {
    out[at++] = 0x80 | (uint8_t)length;
  } else {
    out[at++] = 0x80 | 126;
    out[at++] = (uint8_t)(length >> 8);
    out[at++] = (uint8_t)length;
  }
  memset(out + at, 0, 4);
  at += 4;
  memcpy(out + at, text, length);
  return at + length;
}

static void send_text(struct conn *conn, uint8_t opcode, const char *text, size_t length) {
  uint8_t out[1024];
  if (length > sizeof out - 16) return;
  size_t size = frame_of(out, opcode, text, length);
  if (send(conn->fd, out, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) lost++;
}

static void forget(struct conn *conn) {
  if (conn->fd >= 0) close(conn->fd);
  conn->fd = -1;
  free(conn->rest);
  conn->rest = NULL;
  conn->rest_len = conn->rest_cap = 0;
}

static void start(struct conn *conn) {
  uint32_t index = (uint32_t)(conn - conns);
  conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (conn->fd < 0) fail("socket");
  int on = 1;
  setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(conn->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET};
  from.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)address_offset + index / PER_ADDRESS);
  if (bind(conn->fd, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
  if (connect(conn->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
    fail("connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = index};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) < 0) fail("epoll_ctl");
  conn->state = CONNECTING;
  in_flight++;
}

static void start_more(void) {
  while (next_start < count && in_flight < window_size) {
    struct conn *conn = &conns[next_start++];
    if (conn->state == IDLE) start(conn);
  }
}

static void shake(struct conn *conn) {
  char request[8192];
  const char *proof = by_session && conn->session ? conn->session : conn->token;
  const char *protocol = kind == LOUDHAILER ? "Sec-WebSocket-Protocol: loudhailer.v1" : "";
  int length = snprintf(
      request, sizeof request,
      "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36\r\n"
      "%s%s%s%s\r\n",
      path, protocol, proof ? ", " : "", proof ? proof : "", *protocol ? "\r\n" : "");
  if (send(conn->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
    lost++;
    return;
  }
  conn->state = SHAKING;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(conn - conns)};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, conn->fd, &event);
}

static void note_ready(struct conn *conn) {
  if (conn->state == READY) return;
  conn->state = READY;
  in_flight--;
  ready++;
  if (is_lazy) {
    struct epoll_event event = {.events = 0, .data.u32 = (uint32_t)(conn - conns)};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, conn->fd, &event);
  }
  if (ready == ready_expected) {
    say("{\"event\":\"ready\",\"ns\":%llu,\"refused\":%llu,\"lost\":%llu}",
        (unsigned long long)(now_ns() - ready_started_ns), (unsigned long long)refused,
        (unsigned long long)lost);
  }
  start_more();
}

static void keep_session(struct conn *conn, const uint8_t *text, size_t length) {
  static const char key[] = "\"session_token\":\"";
  static const char prefix[] = "loudhailer.session.";
  const char *at = memmem(text, length, key, sizeof key - 1);
  if (!at) return;
  at += sizeof key - 1;
  const char *end = memchr(at, '"', length - (size_t)(at - (const char *)text));
  if (!end || end == at) return;
  free(conn->session);
  conn->session = malloc(sizeof prefix + (size_t)(end - at));
  memcpy(conn->session, prefix, sizeof prefix - 1);
  memcpy(conn->session + sizeof prefix - 1, at, (size_t)(end - at));
  conn->session[sizeof prefix - 1 + (size_t)(end - at)] = 0;
}

/* A message that is to be timed has `#<number>#` in its first lines. */
static void note_mark(const uint8_t *text, size_t length, uint64_t now) {
  const uint8_t *at = memchr(text, '#', length);
  if (!at) return;
  uint32_t number = 0;
  for (at++; at < text + length && *at >= '0' && *at <= '9'; at++)
    number = number * 10 + (uint32_t)(*at - '0');
  if (at >= text + length || *at != '#' || number >= MAX_MARKS) return;
  mark_counts[number]++;
  mark_ns[number] = now;
}

static void note_banner(const uint8_t *text, size_t length, uint64_t now) {
  frames++;
  last_ns = now;
  note_mark(text, length, now);
  if (frames == expected) say("{\"event\":\"reached\",\"ns\":%llu}", (unsigned long long)now);
}

static int begins(const uint8_t *text, size_t length, const char *with) {
  size_t wanted = strlen(with);
  return length >= wanted && memcmp(text, with, wanted) == 0;
}

static void take_loudhailer(struct conn *conn, const uint8_t *text, size_t length, uint64_t now) {
  if (begins(text, length, "{\"type\":\"new_broadcast\"")) {
    note_banner(text, length, now);
  } else if (begins(text, length, "{\"type\":\"connected\"")) {
    keep_session(conn, text, length);
    note_ready(conn);
  } else if (begins(text, length, "{\"type\":\"active_broadcast\"")) {
    actives++;
  } else if (begins(text, length, "{\"type\":\"broadcast_acknowledged\"")) {
    acked++;
    if (acked == expected_acks)
      say("{\"event\":\"acknowledged\",\"ns\":%llu}", (unsigned long long)now);
  } else if (begins(text, length, "ping")) {
    send_text(conn, 1, "pong", 4);
  } else if (begins(text, length, "{\"type\":\"reconnect\"")) {
    const char *at = memmem(text, length, "\"after_ms\":", 11);
    conn->retry_at = now + (at ? strtoull(at + 11, NULL, 10) : DEFAULT_RETRY_MS) * 1000000ull;
    refused++;
  }
}

static void take_text(struct conn *conn, const uint8_t *text, size_t length, uint64_t now) {
  if (kind == LOUDHAILER) {
    take_loudhailer(conn, text, length, now);
  } else if (kind == SOCKETIO) {
    if (begins(text, length, "42")) note_banner(text, length, now);
    else if (begins(text, length, "40")) note_ready(conn);
    else if (begins(text, length, "0")) send_text(conn, 1, "40", 2);
    else if (begins(text, length, "2")) send_text(conn, 1, "3", 1);
  } else if (begins(text, length, "{")) {
    note_banner(text, length, now);
  }
}

/* Returns how much of the bytes was whole frames. */
static size_t take_frames(struct conn *conn, const uint8_t *data, size_t length, uint64_t now) {
  size_t at = 0;
  while (length - at >= 2) {
    size_t head = 2, size = data[at + 1] & 0x7f;
    if (size == 126) {
      if (length - at < 4) break;
      size = ((size_t)data[at + 2] << 8) | data[at + 3];
      head = 4;
    } else if (size == 127) {
      if (length - at < 10) break;
      size = 0;
      for (int i = 2; i < 10; i++) size = (size << 8) | data[at + (size_t)i];
      head = 10;
    }
    if (length - at - head < size) break;
    const uint8_t *payload = data + at + head;
    uint8_t opcode = data[at] & 0x0f;
    if (opcode == 1) take_text(conn, payload, size, now);
    else if (opcode == 9) send_text(conn, 10, (const char *)payload, size);
    at += head + size;
  }
  return at;
}

/* Returns how much of the answer to the handshake was taken; 0 = it is not complete. */
static size_t take_handshake(struct conn *conn, const uint8_t *data, size_t length) {
  const uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
  if (!end) return 0;
  if (!begins(data, length, "HTTP/1.1 101")) {
    refused++;
    shutdown(conn->fd, SHUT_RDWR);
    return length;
  }
  conn->state = OPENING;
  if (kind == PLAIN) note_ready(conn);
  return (size_t)(end - data) + 4;
}

static void ended(struct conn *conn, uint64_t now) {
  if (conn->state == READY) {
    ready--;
    lost++;
  } else {
    in_flight--;
  }
  forget(conn);
  if (conn->retry_at <= now) conn->retry_at = now + DEFAULT_RETRY_MS * 1000000ull;
  conn->state = WAITING;
}

static void keep_rest(struct conn *conn, const uint8_t *data, size_t length) {
  if (length > conn->rest_cap) {
    conn->rest = realloc(conn->rest, length);
    conn->rest_cap = (uint32_t)length;
  }
  memmove(conn->rest, data, length);
  conn->rest_len = (uint32_t)length;
}

static void take(struct conn *conn) {
  size_t held = conn->rest_len;
  if (held > READ_BYTES / 2) fail("a frame is too long");
  memcpy(buffer, conn->rest, held);
  ssize_t got = recv(conn->fd, buffer + held, READ_BYTES - held, 0);
  if (got < 0 && errno == EAGAIN) return;
  uint64_t now = now_ns();
  if (got <= 0) {
    ended(conn, now);
    return;
  }
  bytes += (uint64_t)got;
  size_t length = held + (size_t)got, at = 0;
  conn->rest_len = 0;
  if (conn->state == SHAKING) at = take_handshake(conn, buffer, length);
  if (conn->state != SHAKING) at += take_frames(conn, buffer + at, length - at, now);
  if (at < length) keep_rest(conn, buffer + at, length - at);
  else if (conn->rest_cap > 0) {
    free(conn->rest);
    conn->rest = NULL;
    conn->rest_cap = 0;
  }
}

static void retry_due(void) {
  uint64_t now = now_ns();
  for (uint32_t i = 0; i < count; i++) {
    struct conn *conn = &conns[i];
    if (conn->state == WAITING && conn->retry_at <= now) start(conn);
  }
}

/* New clients; each takes a token from the file, round and round. */
static void add(uint32_t more, const char *tokens) {
  if (count + more > capacity) {
    capacity = count + more;
    conns = realloc(conns, capacity * sizeof *conns);
  }
  FILE *file = *tokens == '-' ? NULL : fopen(tokens, "r");
  char line[5000];
  for (uint32_t i = 0; i < more; i++) {
    struct conn *conn = &conns[count + i];
    memset(conn, 0, sizeof *conn);
    conn->fd = -1;
    if (!file) continue;
    if (!fgets(line, sizeof line, file)) {
      rewind(file);
      if (!fgets(line, sizeof line, file)) break;
    }
    line[strcspn(line, "\n")] = 0;
    conn->token = strdup(line);
  }
  if (file) fclose(file);
  count += more;
}

static void open_all(uint32_t window) {
  window_size = window;
  next_start = 0;
  ready_expected = count;
  ready_started_ns = now_ns();
  refused = lost = 0;
  start_more();
}

/* Cut off as a lost network is: with a reset, so that no port stays taken. */
static void drop_all(void) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  for (uint32_t i = 0; i < count; i++) {
    if (conns[i].fd >= 0) setsockopt(conns[i].fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    forget(&conns[i]);
    conns[i].state = IDLE;
    conns[i].retry_at = 0;
  }
  ready = in_flight = 0;
}

static void set_lazy(int lazy) {
  is_lazy = lazy;
  for (uint32_t i = 0; i < count; i++) {
    if (conns[i].state != READY) continue;
    struct epoll_event event = {.events = lazy ? 0 : EPOLLIN, .data.u32 = i};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, conns[i].fd, &event);
  }
}

/* Frames waiting unread at a client, without taking them. */
static uint32_t peek_frames(struct conn *conn) {
  ssize_t got = recv(conn->fd, buffer, READ_BYTES, MSG_PEEK | MSG_DONTWAIT);
  uint32_t found = 0;
  size_t at = 0, length = got > 0 ? (size_t)got : 0;
  while (length - at >= 4) {
    size_t size = buffer[at + 1] & 0x7f, head = 2;
    if (size == 126) {
      size = ((size_t)buffer[at + 2] << 8) | buffer[at + 3];
      head = 4;
    }
    if (length - at - head < size) break;
    if (begins(buffer + at + head, size, "{\"type\":\"new_broadcast\"")) found++;
    at += head + size;
  }
  return found;
}

/*
 * Without reading, so that the server has the processors to itself: looks every 2 ms at the
 * clients that joined last until each of them has so many frames waiting.
 */
static void watch_last(uint32_t watched, uint32_t wanted) {
  uint64_t deadline = now_ns() + 60ull * 1000000000ull;
  struct timespec pause = {.tv_nsec = 2000000};
  for (uint32_t i = count - watched; i < count;) {
    if (peek_frames(&conns[i]) >= wanted) i++;
    else if (now_ns() > deadline) break;
    else nanosleep(&pause, NULL);
  }
  say("{\"event\":\"watched\",\"ns\":%llu}", (unsigned long long)now_ns());
}

static void say_marks(uint32_t from, uint32_t to) {
  printf("{\"event\":\"marks\",\"marks\":[");
  for (uint32_t i = from; i < to && i < MAX_MARKS; i++)
    printf("%s[%u,%llu]", i == from ? "" : ",", mark_counts[i], (unsigned long long)mark_ns[i]);
  say("]}");
}

static void say_totals(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
               ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) / 1e6;
  say("{\"event\":\"totals\",\"ready\":%u,\"frames\":%llu,\"bytes\":%llu,\"acked\":%llu,"
      "\"actives\":%llu,\"refused\":%llu,\"lost\":%llu,\"cpu_s\":%.6f}",
      ready, (unsigned long long)frames, (unsigned long long)bytes, (unsigned long long)acked,
      (unsigned long long)actives, (unsigned long long)refused, (unsigned long long)lost, cpu);
}

static void send_all(const char *text) {
  for (uint32_t i = 0; i < count; i++)
    if (conns[i].state == READY) send_text(&conns[i], 1, text, strlen(text));
}

static void command(char *line) {
  char word[16] = "", text[4096] = "";
  unsigned long long a = 0, b = 0;
  line[strcspn(line, "\n")] = 0;
  if (sscanf(line, "%15s", word) != 1) return;
  if (!strcmp(word, "add") && sscanf(line, "add %llu %4095s", &a, text) == 2) {
    add((uint32_t)a, text);
    say("{\"event\":\"added\"}");
  } else if (!strcmp(word, "open") && sscanf(line, "open %llu %llu", &a, &b) == 2) {
    by_session = (int)b;
    open_all((uint32_t)a);
  } else if (!strcmp(word, "drop")) {
    drop_all();
    say("{\"event\":\"dropped\"}");
  } else if (!strcmp(word, "reset")) {
    frames = bytes = acked = actives = expected = expected_acks = 0;
    memset(mark_counts, 0, sizeof mark_counts);
    say("{\"event\":\"reset\"}");
  } else if (sscanf(line, "expect %llu", &a) == 1) {
    expected = a;
    if (frames >= expected) say("{\"event\":\"reached\",\"ns\":%llu}", (unsigned long long)last_ns);
  } else if (sscanf(line, "expectacks %llu", &a) == 1) {
    expected_acks = a;
  } else if (sscanf(line, "lazy %llu", &a) == 1) {
    set_lazy((int)a);
    say("{\"event\":\"lazy\"}");
  } else if (sscanf(line, "watch %llu %llu", &a, &b) == 2) {
    watch_last((uint32_t)a, (uint32_t)b);
  } else if (sscanf(line, "marks %llu %llu", &a, &b) == 2) {
    say_marks((uint32_t)a, (uint32_t)b);
  } else if (!strcmp(word, "totals")) {
    say_totals();
  } else if (!strcmp(word, "send")) {
    send_all(line + 5);
    say("{\"event\":\"sent\",\"ns\":%llu}", (unsigned long long)now_ns());
  }
}

static void take_commands(void) {
  static char pending[8192];
  static size_t length;
  ssize_t got = read(0, pending + length, sizeof pending - length - 1);
  if (got == 0) exit(0);
  if (got < 0) return;
  length += (size_t)got;
  pending[length] = 0;
  char *at = pending, *end;
  while ((end = strchr(at, '\n'))) {
    *end = 0;
    command(at);
    at = end + 1;
  }
  length = strlen(at);
  memmove(pending, at, length + 1);
}

static void serve(struct epoll_event *event) {
  struct conn *conn = &conns[event->data.u32];
  if (conn->fd < 0) return;
  if (conn->state == CONNECTING) {
    if (event->events & (EPOLLERR | EPOLLHUP)) ended(conn, now_ns());
    else if (event->events & EPOLLOUT) shake(conn);
  } else if (event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) {
    take(conn);
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "load host port path kind\n");
    return 2;
  }
  server.sin_family = AF_INET;
  server.sin_port = htons((uint16_t)atoi(argv[2]));
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  path = argv[3];
  kind = !strcmp(argv[4], "socketio") ? SOCKETIO : !strcmp(argv[4], "plain") ? PLAIN : LOUDHAILER;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  fcntl(0, F_SETFL, O_NONBLOCK);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event input = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
  static struct epoll_event events[1024];
  uint64_t looked_at = 0;
  struct timespec pause = {.tv_nsec = PAUSE_NS};
  while (1) {
    int found = epoll_wait(epoll_fd, events, 1024, 0);
    if (found == 0) nanosleep(&pause, NULL);
    for (int i = 0; i < found; i++) {
      if (events[i].data.u32 == UINT32_MAX) take_commands();
      else serve(&events[i]);
    }
    uint64_t now = now_ns();
    if (in_flight > 0 || ready < ready_expected) {
      if (now - looked_at > 20000000ull) {
        looked_at = now;
        retry_due();
      }
    }
  }
}
