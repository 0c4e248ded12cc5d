//! The class of the machine: what makes figures from two machines comparable.
//!
//! In: system files. Out: an [`Environment`]. Holds nothing that changes by itself (clock readings, free memory,
//! kernel patches, runner names): two runs on one kind of machine must land in one class.

use super::here::Surroundings;
use crate::measure::{Environment, RECORDING_FORMAT};

const UNKNOWN: &str = "unknown";

/// The environment class of this machine for the profile with this fingerprint.
pub(super) fn environment(on: &Surroundings<'_>, profile_fingerprint: &str) -> Environment {
    Environment {
        arch: std::env::consts::ARCH.to_owned(),
        cpu: cpu_model(on).unwrap_or_else(|| UNKNOWN.to_owned()),
        vcpus: std::thread::available_parallelism().map_or(0, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
        memory_gib: memory_bytes(on).map_or(0, power_of_two_gib),
        virtualization: virtualization(on),
        os: os(on),
        profile: profile_fingerprint.to_owned(),
        format: RECORDING_FORMAT,
    }
}

/// x86 names its model in `model name`; Arm only gives numbers, which name it as well.
fn cpu_model(on: &Surroundings<'_>) -> Option<String> {
    let info = (on.file)("/proc/cpuinfo");
    let model = info.as_deref().and_then(|text| field(text, "model name", ':').or_else(|| field(text, "Model", ':')));
    let arm = || {
        let text = info.as_deref()?;
        let (implementer, part) = (field(text, "CPU implementer", ':')?, field(text, "CPU part", ':')?);
        Some(format!("arm implementer {implementer} part {part}"))
    };
    model.or_else(arm).or_else(|| on.set("PROCESSOR_IDENTIFIER"))
}

/// What this process may use: the machine's memory, or its container's limit where that is lower.
fn memory_bytes(on: &Surroundings<'_>) -> Option<u64> {
    let machine = (on.file)("/proc/meminfo")
        .and_then(|text| field(&text, "MemTotal", ':'))
        .and_then(|total| total.trim_end_matches("kB").trim().parse::<u64>().ok())
        .map(|kib| kib.saturating_mul(1024));
    let limit = (on.file)("/sys/fs/cgroup/memory.max").and_then(|limit| limit.trim().parse::<u64>().ok());
    machine.into_iter().chain(limit).min()
}

/// The nearest power of two on the log scale, at least 1: 7.6 GiB of usable memory is an 8 GiB machine.
fn power_of_two_gib(bytes: u64) -> u64 {
    const GIB: u64 = 1 << 30;
    let mut bucket: u64 = 1;
    // The midpoint between two powers on the log scale: sqrt(2) times the lower one.
    while u128::from(bytes).pow(2) > 2 * u128::from(bucket * GIB).pow(2) {
        bucket *= 2;
    }
    bucket
}

/// The machine's hypervisor, and the container on top: `none`, `kvm`, `docker on kvm`, ….
fn virtualization(on: &Surroundings<'_>) -> String {
    let machine = hypervisor(on).unwrap_or("none");
    match container(on) {
        Some(container) if machine == "none" => container.to_owned(),
        Some(container) => format!("{container} on {machine}"),
        None => machine.to_owned(),
    }
}

fn container(on: &Surroundings<'_>) -> Option<&'static str> {
    let groups = (on.file)("/proc/1/cgroup").unwrap_or_default();
    if on.set("KUBERNETES_SERVICE_HOST").is_some() || groups.contains("kubepods") {
        Some("kubernetes")
    } else if (on.file)("/run/.containerenv").is_some() {
        Some("podman")
    } else if (on.file)("/.dockerenv").is_some() || groups.contains("docker") {
        Some("docker")
    } else if groups.contains("lxc") {
        Some("lxc")
    } else {
        None
    }
}

/// Makers and products that hypervisors give themselves in the firmware tables.
const HYPERVISORS: [(&str, &str); 9] = [
    ("Amazon EC2", "ec2"),
    ("Google Compute Engine", "gce"),
    ("Microsoft Corporation", "hyper-v"),
    ("VMware", "vmware"),
    ("VirtualBox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("Parallels", "parallels"),
    ("Xen", "xen"),
    ("QEMU", "kvm"),
];

fn hypervisor(on: &Surroundings<'_>) -> Option<&'static str> {
    if (on.file)("/proc/version").is_some_and(|version| version.to_lowercase().contains("microsoft")) {
        return Some("wsl");
    }
    let flags = (on.file)("/proc/cpuinfo").and_then(|text| field(&text, "flags", ':'));
    let firmware = ["sys_vendor", "product_name"]
        .iter()
        .filter_map(|name| (on.file)(&format!("/sys/class/dmi/id/{name}")))
        .collect::<String>();
    let named = HYPERVISORS.iter().find(|(mark, _)| firmware.contains(mark)).map(|(_, name)| *name);
    // Microsoft and Amazon also make bare machines: an x86 CPU tells, and of others the firmware is believed.
    match flags {
        Some(flags) if flags.split_whitespace().any(|flag| flag == "hypervisor") => named.or(Some("vm")),
        Some(_) => None,
        None => named,
    }
}

/// `debian 12`: the distribution and its major version.
fn os(on: &Surroundings<'_>) -> String {
    let Some(release) = (on.file)("/etc/os-release") else {
        return std::env::consts::OS.to_owned();
    };
    let value = |key| field(&release, key, '=').map(|text| text.trim_matches('"').to_owned());
    let id = value("ID").unwrap_or_else(|| std::env::consts::OS.to_owned());
    match value("VERSION_ID").as_deref().and_then(|version| version.split('.').next()) {
        Some(major) => format!("{id} {major}"),
        None => id,
    }
}

/// The value of the first `key` in lines of `key <separator> value`.
fn field(text: &str, key: &str, separator: char) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(separator))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPUINFO: &str = "processor\t: 0\nmodel name\t: AMD EPYC 7763\nflags\t\t: fpu hypervisor sse\n";

    fn on(files: &[(&str, &str)]) -> Environment {
        let file = |path: &str| files.iter().find(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned());
        environment(&Surroundings { variable: &|_| None, file: &file, git: &|_| None }, "abc")
    }

    #[test]
    fn a_linux_runner_is_described_by_its_files() {
        let found = on(&[
            ("/proc/cpuinfo", CPUINFO),
            ("/proc/meminfo", "MemTotal:       16373452 kB\nMemFree: 1 kB\n"),
            ("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n"),
            ("/etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"24.04\"\n"),
        ]);
        assert_eq!(found.cpu, "AMD EPYC 7763");
        assert_eq!(found.memory_gib, 16);
        assert_eq!(found.virtualization, "hyper-v");
        assert_eq!(found.os, "ubuntu 24");
        assert_eq!(found.profile, "abc");
    }

    #[test]
    fn a_container_is_named_with_the_machine_below_it_and_counts_with_its_memory_limit() {
        let found = on(&[
            ("/.dockerenv", ""),
            ("/proc/cpuinfo", CPUINFO),
            ("/sys/class/dmi/id/sys_vendor", "QEMU"),
            ("/proc/meminfo", "MemTotal: 16373452 kB\n"),
            ("/sys/fs/cgroup/memory.max", "2147483648\n"),
        ]);
        assert_eq!(found.virtualization, "docker on kvm");
        assert_eq!(found.memory_gib, 2);
    }

    #[test]
    fn a_machine_that_tells_nothing_still_has_a_class() {
        let found = on(&[]);
        assert_eq!((found.cpu.as_str(), found.memory_gib, found.virtualization.as_str()), (UNKNOWN, 0, "none"));
        assert_eq!(found.os, std::env::consts::OS);
    }

    #[test]
    fn memory_lands_in_the_nearest_power_of_two() {
        let gib = |tenths: u64| power_of_two_gib(tenths * (1 << 30) / 10);
        assert_eq!([gib(1), gib(10), gib(14), gib(15), gib(76), gib(113), gib(115)], [1, 1, 1, 2, 8, 8, 16]);
    }
}
