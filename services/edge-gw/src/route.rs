//! Pairs of listening address and target, checked before anything is bound.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Most routes of one forwarder: the stack publishes fewer than a dozen ports, anything beyond is a mistake.
const ROUTES_MAX: usize = 32;
/// Longest DNS label, by RFC 1035.
const LABEL_BYTES_MAX: usize = 63;

/// Where to listen and where to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Address on which connections are accepted.
    pub(crate) listen: SocketAddr,
    /// The peer: a single-label service name or a loopback address.
    pub(crate) target_host: String,
    /// Port of the peer.
    pub(crate) target_port: u16,
}

/// Everything that is wrong with the routes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}:{}", self.listen, self.target_host, self.target_port)
    }
}

/// Reads `LISTEN=HOST:PORT` items separated by white space; reports every problem at once.
pub(crate) fn parse_all(text: &str) -> Result<Vec<Route>, Problems> {
    let items: Vec<&str> = text.split_whitespace().collect();
    let mut routes: Vec<Route> = Vec::new();
    let mut problems = Vec::new();
    if items.is_empty() || items.len() > ROUTES_MAX {
        problems.push(format!("{} routes given, 1 to {ROUTES_MAX} of the form LISTEN=HOST:PORT allowed", items.len()));
    }
    for item in items {
        match parse(item) {
            Ok(route) if routes.iter().any(|other| other.listen == route.listen) => {
                problems.push(format!("{item:?}: {} is listened on twice", route.listen));
            }
            Ok(route) => routes.push(route),
            Err(problem) => problems.push(format!("{item:?}: {problem}")),
        }
    }
    if problems.is_empty() { Ok(routes) } else { Err(Problems(problems)) }
}

fn parse(item: &str) -> Result<Route, String> {
    let (listen, target) = item.split_once('=').ok_or("no '=' between listening address and target")?;
    let listen: SocketAddr = listen.parse().map_err(|_| format!("{listen:?} is no IP address with a port"))?;
    let (target_host, port) = target.rsplit_once(':').ok_or_else(|| format!("{target:?} has no port"))?;
    let target_port = match port.parse::<u16>() {
        Ok(port) if port != 0 => port,
        _ => return Err(format!("port {port:?} is not 1 to 65535")),
    };
    if !is_service_name(target_host) && !is_loopback(target_host) {
        return Err(format!("target {target_host:?} is neither a single-label service name nor a loopback address"));
    }
    Ok(Route { listen, target_host: target_host.to_owned(), target_port })
}

/// A name that only the stack's own resolver can know: no dot, so no public domain and no IP address.
fn is_service_name(host: &str) -> bool {
    host.starts_with(|first: char| first.is_ascii_alphabetic())
        && host.len() <= LABEL_BYTES_MAX
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_loopback(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok_and(|address| IpAddr::V4(address).is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[&str], &str>) {
        match (parse_all(text), expected) {
            (Ok(routes), Ok(expected)) => {
                assert_eq!(routes.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
            }
            (Err(problems), Err(fact)) => assert!(problems.to_string().contains(fact), "{problems} lacks {fact:?}"),
            (outcome, _) => panic!("{text:?} gave {outcome:?}"),
        }
    }

    #[test]
    fn a_service_name_or_a_loopback_address_is_a_target() {
        check("0.0.0.0:9121=calendar:9121", Ok(&["0.0.0.0:9121=calendar:9121"]));
        check("127.0.0.1:1=paper-broker:2", Ok(&["127.0.0.1:1=paper-broker:2"]));
        check("127.0.0.1:1=futures_runner:2", Ok(&["127.0.0.1:1=futures_runner:2"]));
        check("127.0.0.1:1=127.0.0.9:65535", Ok(&["127.0.0.1:1=127.0.0.9:65535"]));
    }

    #[test]
    fn nothing_outside_the_stack_is_a_target() {
        for host in ["example.com", "93.184.216.34", "10.0.0.1", "0.0.0.0", "broker.", "[::1]", "", "-x", "a/b"] {
            check(&format!("127.0.0.1:1={host}:443"), Err("neither a single-label service name"));
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let text = "127.0.0.1:1 localhost:1=a:1 127.0.0.1:2=a:0\n127.0.0.1:3=a:1 127.0.0.1:3=b:1";
        for fact in ["no '='", "\"localhost:1\"", "port \"0\"", "listened on twice"] {
            check(text, Err(fact));
        }
        check(" ", Err("0 routes given"));
    }
}
