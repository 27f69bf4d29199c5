//! What the operating system says about this process. Read from `/proc/self`; elsewhere there are no such metrics.

use std::fs;

use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType};

/// Clock ticks per second in `/proc/self/stat`; Linux fixes it at 100 towards user space on every architecture that
/// this workspace builds for.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;

/// Memory of this process, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Resident now.
    pub resident_bytes: u64,
    /// Largest resident size since the start.
    pub resident_bytes_peak: u64,
}

/// Memory of this process; `None` where the system does not tell.
pub fn memory() -> Option<Memory> {
    parse_memory(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Processor time of this process in all its threads, seconds; `None` where the system does not tell.
pub fn cpu_seconds() -> Option<f64> {
    parse_cpu_seconds(&fs::read_to_string("/proc/self/stat").ok()?)
}

pub(super) fn families() -> impl Iterator<Item = MetricFamily> {
    let memory = memory();
    [
        memory.map(|memory| {
            gauge("process_resident_memory_bytes", "Resident memory of the process.", memory.resident_bytes as f64)
        }),
        memory.map(|memory| {
            gauge(
                "process_resident_memory_peak_bytes",
                "Largest resident memory of the process since its start.",
                memory.resident_bytes_peak as f64,
            )
        }),
        cpu_seconds().map(|seconds| {
            let mut counter = Counter::default();
            counter.set_value(seconds);
            let mut metric = Metric::default();
            metric.set_counter(counter);
            family(
                "process_cpu_seconds_total",
                "User and system time of the process, in seconds.",
                MetricType::COUNTER,
                metric,
            )
        }),
    ]
    .into_iter()
    .flatten()
}

fn gauge(name: &str, help: &str, value: f64) -> MetricFamily {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    family(name, help, MetricType::GAUGE, Metric::from_gauge(gauge))
}

fn family(name: &str, help: &str, kind: MetricType, metric: Metric) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![metric]);
    family
}

fn parse_memory(status: &str) -> Option<Memory> {
    let kibibytes = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Memory { resident_bytes: kibibytes("VmRSS:")?, resident_bytes_peak: kibibytes("VmHWM:")? })
}

/// Fields 14 and 15, counted after the name, which stands in parentheses and may hold anything.
fn parse_cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / CLOCK_TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::{Memory, parse_cpu_seconds, parse_memory};

    #[test]
    fn status_and_stat_are_read() {
        let status = "Name:\tcalendar\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(
            parse_memory(status),
            Some(Memory { resident_bytes: 1024 * 1024, resident_bytes_peak: 2048 * 1024 })
        );
        assert_eq!(parse_memory("Name:\tkernel thread\n"), None);
        let stat = "7 (a (strange) name) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 100 0 0";
        assert_eq!(parse_cpu_seconds(stat), Some(3.0));
        assert_eq!(parse_cpu_seconds("7 (cut) S 1"), None);
    }
}
