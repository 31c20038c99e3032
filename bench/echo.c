/* What nothing can beat: gives each UDP packet back with the answer flag set, in batches, on two sockets. usage: echo PORT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, LONGEST = 1500 };
static int port;

static void *serve(void *unused) {
    (void) unused;
    static __thread unsigned char packets[BATCH][LONGEST];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)}, from[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    int on = 1, room = 1 << 20, fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
    if (bind(fd, (struct sockaddr *) &here, sizeof here) != 0) {
        perror("bind");
        exit(1);
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec) {packets[i], LONGEST};
            messages[i].msg_hdr = (struct msghdr) {
                .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < got; i++) {
            packets[i][2] |= 0x80;
            parts[i].iov_len = messages[i].msg_len;
        }
        for (int sent = 0, now; sent < got; sent += now)
            if ((now = sendmmsg(fd, messages + sent, got - sent, 0)) <= 0) break;
    }
}

int main(int count, char **words) {
    pthread_t other;
    port = count > 1 ? atoi(words[1]) : 0;
    pthread_create(&other, NULL, serve, NULL);
    serve(NULL);
}
