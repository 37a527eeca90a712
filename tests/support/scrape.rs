//! What the port of health and metrics says.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;
use super::client::Reply;

/// One GET by plain HTTP, on a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    Reply::read(&mut stream)
}

/// The value of one series, by its whole name with labels.
pub(crate) fn exposed(admin: SocketAddr, series: &str) -> Option<String> {
    let text = get(admin, "/metrics").text();
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(str::to_owned)
}
