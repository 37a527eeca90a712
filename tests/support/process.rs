//! What the kernel knows of a running program.

use std::fs::read_to_string;
use std::time::Duration;

/// The processor time of all its threads, of those that have ended, too.
pub(crate) fn processor_time(pid: u32) -> Duration {
    let stat = read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields = fields.split(' ').skip(11).take(2);
    let ticks: u64 = fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    // USER_HZ is 100 on Linux, whatever the kernel's own clock.
    Duration::from_millis(ticks * 10)
}

/// The most resident memory that it had so far, in bytes.
pub(crate) fn peak(pid: u32) -> u64 {
    let status = read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}
