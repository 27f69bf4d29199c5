//! Ports that nobody else takes between the choice and the use.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// First port handed out; the range ends below 32768, where Linux begins to hand out ports to outgoing connections.
const FIRST: u16 = 12_000;
/// Ports in the range.
const COUNT: u16 = 20_000;
/// Distance between the starting points of neighbouring process ids, so that test binaries side by side do not meet.
const STRIDE: u32 = 97;

/// A loopback port on which nothing listens; each call of a process gives another one.
///
/// # Panics
/// Where the whole range is taken.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(STRIDE) % u32::from(COUNT);
    let start = u16::try_from(start).expect("a remainder of a 16-bit number");
    for _ in 0..COUNT {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (start % COUNT + offset) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port among the {COUNT} from {FIRST}");
}
