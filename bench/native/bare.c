/*
 * The floor: a server that does nothing but one send() per recipient of a frame made once.
 * GET with an upgrade joins; POST /publish sends its body as a text frame to everyone.
 * Argument: port. Answers a handshake for the one key that the load client uses.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 200000

static const char ACCEPTED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZbRbK+xOo=\r\n\r\n";
static const char DONE[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

static int recipients[MAX_FDS];
static int place_of[MAX_FDS];
static int count;

static void join(int fd) {
  place_of[fd] = count;
  recipients[count++] = fd;
}

static void leave(int fd) {
  int place = place_of[fd];
  if (place < count && recipients[place] == fd) {
    recipients[place] = recipients[--count];
    place_of[recipients[place]] = place;
  }
  close(fd);
}

static void publish(const char *text, size_t length) {
  static uint8_t frame[65536];
  size_t head = length < 126 ? 2 : 4;
  frame[0] = 0x81;
  if (length < 126) {
    frame[1] = (uint8_t)length;
  } else {
    frame[1] = 126;
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
  }
  memcpy(frame + head, text, length);
  for (int i = 0; i < count; i++)
    send(recipients[i], frame, head + length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void take(int fd) {
  static char request[65536];
  ssize_t got = recv(fd, request, sizeof request - 1, 0);
  if (got <= 0) {
    leave(fd);
    return;
  }
  request[got] = 0;
  char *body = strstr(request, "\r\n\r\n");
  if (!strncmp(request, "GET ", 4) && body) {
    send(fd, ACCEPTED, sizeof ACCEPTED - 1, MSG_NOSIGNAL);
    join(fd);
  } else if (!strncmp(request, "POST ", 5) && body) {
    body += 4;
    char *stated = strcasestr(request, "content-length:");
    size_t length = stated ? strtoul(stated + 15, NULL, 10) : 0;
    while ((size_t)(request + got - body) < length) {
      ssize_t more = recv(fd, request + got, sizeof request - 1 - (size_t)got, 0);
      if (more <= 0) break;
      got += more;
    }
    publish(body, length);
    send(fd, DONE, sizeof DONE - 1, MSG_NOSIGNAL);
  }
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0)),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 4096) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&at, &size);
  printf("{\"port\":%d}\n", ntohs(at.sin_port));
  fflush(stdout);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static struct epoll_event events[1024];
  while (1) {
    int found = epoll_wait(epoll, events, 1024, -1);
    for (int i = 0; i < found; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) {
        take(fd);
        continue;
      }
      int joined = accept(listener, NULL, NULL);
      if (joined < 0) continue;
      setsockopt(joined, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      event.data.fd = joined;
      epoll_ctl(epoll, EPOLL_CTL_ADD, joined, &event);
    }
  }
}
