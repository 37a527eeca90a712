//! Peers that connect and then say nothing, as many as a test wants.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::http2::{Http2, tcp_from};
use crate::support::Server;

/// How far a peer goes before it is silent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Silent {
    /// It only connects.
    BeforeTheHandshake,
    /// It speaks HTTP/2, answers pings, and asks for nothing.
    AfterTheHandshake,
}

/// Peers that are held; some of them may have been closed.
#[derive(Default)]
pub(crate) struct Crowd {
    streams: Vec<TcpStream>,
    clients: Vec<Http2>,
}

impl Crowd {
    /// So many come from this address, one after the other by tens.
    pub(crate) async fn come(
        &mut self,
        (server, address): (&Server, SocketAddr),
        many: usize,
        from: IpAddr,
        silent: Silent,
    ) {
        raise();
        let mut coming: JoinSet<(Option<TcpStream>, Option<Http2>)> = JoinSet::new();
        for _ in 0..many {
            if coming.len() >= 10 {
                self.arrived(coming.join_next().await.unwrap().unwrap());
            }
            let ca = server.ca();
            coming.spawn(async move {
                let stream = tcp_from(from, address).await;
                match silent {
                    Silent::BeforeTheHandshake => (Some(stream), None),
                    // One that is closed at once has come, too.
                    Silent::AfterTheHandshake => (None, Http2::on(stream, &ca, None).await.ok()),
                }
            });
        }
        for came in coming.join_all().await {
            self.arrived(came);
        }
    }

    fn arrived(&mut self, (stream, client): (Option<TcpStream>, Option<Http2>)) {
        self.streams.extend(stream);
        self.clients.extend(client);
    }

    /// How many the server has not closed; those without a handshake are not asked.
    pub(crate) fn open(&self) -> usize {
        self.clients.iter().filter(|client| !client.connection.is_finished()).count()
    }
}

/// An address of this machine itself.
pub(crate) fn here(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// As many descriptors for this process as it may have.
fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

/// A server with these flags that may have so many descriptors, as soft limit and as hard one.
pub(crate) fn limited(soft: u32, hard: u32, flags: &[&str]) -> Server {
    let dir = TempDir::new().unwrap();
    let plain = crate::support::command(flags);
    let mut command = Command::new("sh");
    let script = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(plain.get_program()).args(plain.get_args());
    command.arg("--write-ca").arg(dir.path().join("ca.pem"));
    Server::spawn(dir, command)
}
