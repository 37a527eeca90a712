//! Proxies on the way to the API server: found as kubectl finds them, and used; and the rest of a
//! kubeconfig, read as kubectl reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::registration::{enforce, ready, until_whole};
use super::{Case, on_own};
use crate::setup::{Installed, Tunnel, World};
use crate::support::{Ended, Server, program, run, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own:
            the_environment_and_the_kubeconfig_say_which_way_to_go,
            kubectl_goes_the_same_ways,
            a_kubeconfig_is_read_as_kubectl_reads_it,
            a_replica_manages_everything_through_one;
    }
}

/// In the certificate of the API server, and known to no resolver.
const NAME: &str = "kubernetes.default.svc";

/// Whose variables may be around these tests.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];

/// Writes a kubeconfig that names the server so, and says this besides about the cluster; the port.
fn write(installed: &Installed, host: &str, more: &str) -> u16 {
    let text = std::fs::read_to_string(installed.cluster.kubeconfig()).unwrap();
    let (before, after) = text.split_once("server: https://").unwrap();
    let (address, rest) = after.split_once('\n').unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    let text = format!("{before}server: https://{host}:{port}\n{more}{rest}");
    std::fs::write(installed.kubeconfig(), text).unwrap();
    port.parse().unwrap()
}

/// A way to say where to go, and where that leads; `PROXY` and `PORT` stand for what they are.
struct Way {
    host: &'static str,
    cluster: &'static str,
    variables: &'static [(&'static str, &'static str)],
    /// What the proxy is asked; `None` where it is not.
    asked: Option<&'static str>,
    /// What is said where nothing can be reached.
    failed: Option<&'static str>,
}

const fn way(
    host: &'static str,
    cluster: &'static str,
    variables: &'static [(&'static str, &'static str)],
    asked: Option<&'static str>,
) -> Way {
    let failed = if asked.is_none() && host.len() == NAME.len() { Some("") } else { None };
    Way { host, cluster, variables, asked, failed }
}

const LOCAL: &str = "127.0.0.1";
const ASKED: Option<&str> = Some("CONNECT kubernetes.default.svc:PORT");
const WITH_USER: Option<&str> = Some("CONNECT kubernetes.default.svc:PORT Basic YTpwQHNz");

const WAYS: &[Way] = &[
    // This machine is reached without one, whatever is said.
    way(LOCAL, "", &[("HTTPS_PROXY", "http://PROXY")], None),
    way(LOCAL, "", &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", "127.0.0.0/8,")], None),
    way(NAME, "", &[("HTTPS_PROXY", "http://PROXY")], ASKED),
    way(NAME, "", &[("https_proxy", "PROXY")], ASKED),
    way(NAME, "", &[("HTTPS_PROXY", "http://a:p%40ss@PROXY")], WITH_USER),
    way(NAME, "", &[("HTTPS_PROXY", "socks5://PROXY")], Some("SOCKS kubernetes.default.svc:PORT")),
    way(NAME, "", &[("HTTPS_PROXY", "socks5h://PROXY")], Some("SOCKS kubernetes.default.svc:PORT")),
    way(
        NAME,
        "",
        &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", "example.com,,10.0.0.0/8")],
        ASKED,
    ),
    // Plain HTTP is something else.
    way(NAME, "", &[("HTTP_PROXY", "http://PROXY")], None),
    way(NAME, "", &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", ".svc")], None),
    way(NAME, "", &[("HTTPS_PROXY", "http://PROXY"), ("no_proxy", "default.svc:PORT")], None),
    // What the kubeconfig says counts, also for what NO_PROXY covers and for this machine.
    way(NAME, "    proxy-url: http://PROXY\n", &[], ASKED),
    way(NAME, "    proxy-url: http://PROXY\n", &[("HTTPS_PROXY", "http://127.0.0.1:1")], ASKED),
    way(NAME, "    proxy-url: http://PROXY\n", &[("NO_PROXY", "*")], ASKED),
    way(NAME, "    proxy-url: socks5://PROXY\n", &[], Some("SOCKS kubernetes.default.svc:PORT")),
    way(LOCAL, "    proxy-url: http://PROXY\n", &[], Some("CONNECT 127.0.0.1:PORT")),
];

/// Goes each way by a command, and compares.
fn go(
    world: &World,
    ways: impl Iterator<Item = &'static Way>,
    command: impl Fn(&Installed) -> std::process::Command,
) {
    let (installed, tunnel) = (Installed::new(world), Tunnel::new());
    let proxy = tunnel.address.to_string();
    for way in ways {
        let port = write(&installed, way.host, &way.cluster.replace("PROXY", &proxy)).to_string();
        let filled = |text: &str| text.replace("PROXY", &proxy).replace("PORT", &port);
        let mut command = command(&installed);
        for name in VARIABLES {
            command.env_remove(name);
        }
        for (name, value) in way.variables {
            command.env(name, filled(value));
        }
        let ended: Ended = run(command);
        let what = format!("{} {}{:?}", way.host, way.cluster, way.variables);
        let expected: Vec<_> = way.asked.iter().map(|asked| filled(asked)).collect();
        let mut asked = tunnel.asked();
        asked.dedup();
        assert_eq!(asked, expected, "{what}: {ended:?}");
        assert_eq!(ended.code == Some(0), way.failed.is_none(), "{what}: {ended:?}");
    }
}

fn the_environment_and_the_kubeconfig_say_which_way_to_go(world: &World) {
    go(world, WAYS.iter(), |installed| {
        let mut command = program();
        command.args(["unregister", "--name", &installed.namespace.name, "--kubeconfig"]);
        command.arg(installed.kubeconfig());
        command
    });
}

/// The expectations hold for the original.
fn kubectl_goes_the_same_ways(world: &World) {
    let program = world.cluster.program("kubectl");
    go(world, WAYS.iter(), |installed| {
        let mut command = std::process::Command::new(&program);
        command.args(["get", "namespace", "default", "--kubeconfig"]).arg(installed.kubeconfig());
        // It keeps what it learns of servers there.
        command.env("HOME", installed.kubeconfig().parent().unwrap());
        command
    });
}

/// Ways to write what the kubeconfig says, from what it says.
type Written = fn(&str) -> String;

const WRITTEN: [(&str, Written); 6] = [
    ("Base64 over several lines", |text| {
        data(text, |name, it| {
            let (one, other) = it.split_at(64);
            format!("{name}-data: |\n      {one}\n      {other}\n")
        })
    }),
    ("with line ends of Windows", |text| {
        data(text, |name, it| {
            let (one, other) = it.split_at(64);
            format!("{name}-data: \"{one}\\r\\n{other}\"\n")
        })
    }),
    ("data that is empty beside files", |text| {
        data(text, |name, _| format!("{name}-data: \"\"\n    {name}: {name}.pem\n"))
    }),
    ("files that are empty beside data", |text| {
        data(text, |name, it| format!("{name}-data: {it}\n    {name}: \"\"\n"))
    }),
    ("a name that is empty", |text| {
        text.replace("    server: ", "    tls-server-name: \"\"\n    proxy-url: \"\"\n    server: ")
    }),
    ("ways to sign in that are empty", |text| {
        let empty =
            "    token: \"\"\n    tokenFile: \"\"\n    username: \"\"\n    password: \"\"\n";
        text.replace("    client-key-data", &format!("{empty}    client-key-data"))
    }),
];

/// What is in Base64, written otherwise.
fn data(text: &str, write: impl Fn(&str, &str) -> String) -> String {
    let other = |line: &str| match line.trim().split_once("-data: ") {
        Some((name, data)) => format!("    {}", write(name, data)),
        None => format!("{line}\n"),
    };
    text.lines().map(other).collect()
}

fn a_kubeconfig_is_read_as_kubectl_reads_it(world: &World) {
    let installed = Installed::new(world);
    let (name, file) = (&installed.namespace.name, installed.kubeconfig());
    let text = std::fs::read_to_string(installed.cluster.kubeconfig()).unwrap();
    data(&text, |name, data| {
        let bytes = STANDARD.decode(data).unwrap();
        std::fs::write(file.with_file_name(format!("{name}.pem")), bytes).unwrap();
        String::new()
    });
    for (what, otherwise) in WRITTEN {
        let otherwise = otherwise(&text);
        assert_ne!(otherwise, text, "{what}");
        std::fs::write(&file, &otherwise).unwrap();
        let mut ours = program();
        ours.args(["unregister", "--name", name, "--kubeconfig"]).arg(&file);
        let mut kubectl = std::process::Command::new(world.cluster.program("kubectl"));
        kubectl.args(["get", "namespace", "default", "--kubeconfig"]).arg(&file);
        kubectl.env("HOME", file.parent().unwrap());
        for command in [kubectl, ours] {
            let ended = run(command);
            assert_eq!(ended.code, Some(0), "{what}: {ended:?}\n{otherwise}");
        }
    }
}

fn a_replica_manages_everything_through_one(world: &World) {
    let (installed, tunnel) = (Installed::new(world), Tunnel::new());
    let limited = std::fs::read_to_string(installed.kubeconfig()).unwrap();
    let (before, after) = limited.split_once("server: https://127.0.0.1").unwrap();
    std::fs::write(installed.kubeconfig(), format!("{before}server: https://{NAME}{after}"))
        .unwrap();
    let selector = enforce(&installed);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &selector];
    let mut command = installed.command(installed.port, crate::setup::free_port(), &flags);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.env("HTTPS_PROXY", format!("http://{}", tunnel.address));
    command.env("NO_PROXY", "localhost,127.0.0.1,10.0.0.0/8");
    let server = Server::spawn(tempfile::TempDir::new().unwrap(), command);
    until_whole(&installed);
    until("it to be ready", || ready(&server));
    // What is watched is seen through it, too.
    installed.change("Validating", &serde_json::json!({"webhooks": []})).object();
    until_whole(&installed);
    assert!(!tunnel.asked().is_empty());
}
