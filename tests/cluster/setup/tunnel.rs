//! A proxy on the way to the API server, of both kinds: CONNECT and SOCKS 5. Whatever host it is
//! asked for, it leads to this machine, so the host may be a name that nobody else knows.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Its connections end with those who use them, its threads with this process.
pub(crate) struct Tunnel {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::default());
        let sink = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sink = Arc::clone(&sink);
                // One that breaks off in the middle is nobody's fault.
                std::thread::spawn(move || drop(lead(stream, &sink)));
            }
        });
        Self { address, asked }
    }

    /// What it was asked for since it was last looked at: the kind, the host, the port, and who
    /// asked if that was said.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn lead(mut stream: TcpStream, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut first = [0];
    stream.peek(&mut first)?;
    let port = if first == [5] { socks(&mut stream, asked)? } else { http(&mut stream, asked)? };
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from, mut to) = (server.try_clone()?, stream.try_clone()?);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
    drop(std::io::copy(&mut stream, &mut server));
    server.shutdown(Shutdown::Both)
}

fn http(stream: &mut TcpStream, asked: &Mutex<Vec<String>>) -> std::io::Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut one = [0];
        stream.read_exact(&mut one)?;
        head.extend(one);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let credentials = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| format!(" {value}"))
    });
    asked.lock().unwrap().push(format!("CONNECT {target}{}", credentials.unwrap_or_default()));
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    Ok(target.rsplit_once(':').unwrap().1.parse().unwrap())
}

fn socks(stream: &mut TcpStream, asked: &Mutex<Vec<String>>) -> std::io::Result<u16> {
    let mut exact = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let methods = exact(2)?[1];
    exact(methods.into())?;
    stream.write_all(&[5, 0])?;
    let mut exact = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    // Version, connect, nothing, a name.
    assert_eq!(exact(4)?, [5, 1, 0, 3], "a name is left to the proxy");
    let length = exact(1)?[0];
    let host = String::from_utf8(exact(length.into())?).unwrap();
    let port = u16::from_be_bytes(exact(2)?.try_into().unwrap());
    asked.lock().unwrap().push(format!("SOCKS {host}:{port}"));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(port)
}
