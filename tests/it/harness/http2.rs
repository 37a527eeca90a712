//! A client over HTTP/2 that reads as much as a test wants.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{PATIENCE, Reply, Server, trust};

/// A body that comes as it is, or never.
#[derive(Clone)]
pub(crate) enum Sent {
    Whole(Option<Bytes>),
    Never,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Never => Poll::Pending,
        }
    }

    /// Declared, and large.
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Never => SizeHint::with_exact(1 << 20),
        }
    }
}

/// A TCP connection that comes from this address of the machine itself.
pub(crate) async fn tcp_from(from: IpAddr, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    timeout(PATIENCE, socket.connect(to)).await.unwrap().unwrap()
}

/// TLS on it, by one of these protocols.
pub(crate) async fn tls_on(
    stream: TcpStream,
    ca: &Path,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut config = trust(ca, rustls::ALL_VERSIONS);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(PATIENCE, tls).await.unwrap()
}

/// A connection, and the task that ends with it; pings are answered.
pub(crate) struct Http2 {
    pub(crate) sender: SendRequest<Sent>,
    pub(crate) connection: JoinHandle<hyper::Result<()>>,
}

impl Http2 {
    pub(crate) async fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.webhook).await.unwrap();
        Self::on(stream, &server.ca(), None).await.unwrap()
    }

    /// With this window for each answer.
    pub(crate) async fn on(
        stream: TcpStream,
        ca: &Path,
        window: Option<u32>,
    ) -> std::io::Result<Self> {
        let tls = tls_on(stream, ca, &[b"h2", b"http/1.1"]).await?;
        assert_eq!(tls.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let mut builder = Builder::new(TokioExecutor::new());
        let made = builder.initial_stream_window_size(window).handshake(TokioIo::new(tls)).await;
        let (sender, connection) = made.map_err(std::io::Error::other)?;
        Ok(Self { sender, connection: tokio::spawn(connection) })
    }

    pub(crate) async fn send(&self, path: &str, body: Sent) -> Reply {
        send(self.sender.clone(), path.to_owned(), body).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(path, Sent::Whole(Some(body.into()))).await
    }

    /// The same, without reading more than the head of the answer.
    pub(crate) async fn ask(&self, path: &str, body: impl Into<Bytes>) -> Response<Incoming> {
        ask(self.sender.clone(), path.to_owned(), body.into()).await
    }
}

pub(crate) async fn ask(
    mut sender: SendRequest<Sent>,
    path: String,
    body: Bytes,
) -> Response<Incoming> {
    let answer = sender.send_request(posted(&path, Sent::Whole(Some(body))));
    timeout(PATIENCE, answer).await.unwrap().unwrap()
}

fn posted(path: &str, body: Sent) -> Request<Sent> {
    Request::post(format!("https://localhost{path}"))
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

pub(crate) async fn send(mut sender: SendRequest<Sent>, path: String, body: Sent) -> Reply {
    let request = posted(&path, body);
    let answer = async {
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        let headers = parts.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status.as_u16(), headers, body }
    };
    timeout(PATIENCE, answer).await.unwrap()
}
