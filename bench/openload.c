// open-loop HTTP/1.1 generator: constant rate, latency from the intended send time
// openload port rate secs conns paths  (paths: mix | /a/x.js)
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
static double now(){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec*1e-9;}
typedef struct{int fd;int busy;double due;char hb[4096];int hn;long left;int inbody;}C;
static int cmp(const void*a,const void*b){float x=*(float*)a,y=*(float*)b;return x<y?-1:x>y;}
int main(int c,char**v){int port=atoi(v[1]);double rate=atof(v[2]),secs=atof(v[3]);int n=atoi(v[4]);char*path=v[5];int mix=!strcmp(path,"mix");
 double warm=c>6?atof(v[6]):1; C*cs=calloc(n,sizeof(C));int ep=epoll_create1(0);struct sockaddr_in sa={.sin_family=AF_INET,.sin_port=htons(port)};inet_aton("127.0.0.1",&sa.sin_addr);
 for(int i=0;i<n;i++){int fd=socket(AF_INET,SOCK_STREAM,0);if(connect(fd,(void*)&sa,sizeof sa)){perror("connect");return 1;}int one=1;setsockopt(fd,IPPROTO_TCP,TCP_NODELAY,&one,4);fcntl(fd,F_SETFL,O_NONBLOCK);cs[i].fd=fd;struct epoll_event e={.events=EPOLLIN,.data.ptr=&cs[i]};epoll_ctl(ep,EPOLL_CTL_ADD,fd,&e);}
 long cap=(long)(rate*secs)+1000;float*lat=malloc(cap*4);long nl=0,sent=0,done=0,err=0;int*idle=malloc(n*4);int ni=0;for(int i=n-1;i>=0;i--)idle[ni++]=i;
 double t0=now(),iv=1/rate,end=t0+secs+warm;double due=t0;static char buf[1<<18];char rq[512];unsigned s=12345;struct epoll_event ev[256];double backlogmax=0;
 for(;;){double t=now();if(t>=end)break;
  while(due<=t&&ni>0){C*k=&cs[idle[--ni]];int l;s=s*1664525u+1013904223u;if(mix)l=sprintf(rq,"GET /bench/Content/1.0.0/a/s%u.js HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ol\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n",(s>>8)%1000);else l=sprintf(rq,"GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ol\r\n\r\n",path);
   if(write(k->fd,rq,l)!=l){err++;}k->busy=1;k->due=due;k->hn=0;k->inbody=0;k->left=0;sent++;due+=iv;}
  if(t-due>backlogmax)backlogmax=t-due;
  double w=due-now();struct timespec ts={0,0};int m; if(ni>0&&w>0){ts.tv_nsec=(long)(w*1e9);if(ts.tv_nsec>999999999)ts.tv_nsec=999999999;}else if(ni==0)ts.tv_nsec=1000000;
  m=epoll_pwait2(ep,ev,256,&ts,NULL);
  for(int j=0;j<m;j++){C*k=ev[j].data.ptr;for(;;){int r=read(k->fd,buf,sizeof buf);if(r<=0){if(r==0||errno!=EAGAIN){fprintf(stderr,"closed\n");return 2;}break;}
    int o=0;if(!k->inbody){int cp=r;if(cp>4095-k->hn)cp=4095-k->hn;memcpy(k->hb+k->hn,buf,cp);int oldn=k->hn;k->hn+=cp;k->hb[k->hn]=0;char*e=strstr(k->hb,"\r\n\r\n");if(!e)continue;char*cl=strcasestr(k->hb,"content-length:");if(!cl||cl>e){fprintf(stderr,"nocl\n");return 3;}k->left=atol(cl+15);k->inbody=1;o=(int)(e+4-k->hb)-oldn;if(strncmp(k->hb+9,"200",3))err++;}
    k->left-=r-o;if(k->left<=0){double d=now();if(k->due>=t0+warm&&nl<cap)lat[nl++]=(d-k->due)*1e6;done++;k->busy=0;idle[ni++]=k-cs;break;}if(r<(int)sizeof buf)break;}}
 }
 qsort(lat,nl,4,cmp);
#define P(q) (nl?lat[(long)((nl-1)*q)]:0)
 printf("rate %.0f achieved %.0f err %ld p50 %.0f p90 %.0f p99 %.0f p999 %.0f max %.0f us backlogmax %.1fms\n",rate,nl/secs,err,P(.5),P(.9),P(.99),P(.999),P(1.0),backlogmax*1e3);return 0;}
