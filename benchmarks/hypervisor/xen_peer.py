# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts Xen's elementary operations in the same QEMU, by the same clock: Debian's Xen 4.17 for ARM on a Cortex-A15
(it needs virtualization extensions), with two small domains of ours and no control domain."""
import os
import subprocess
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
FETCH = os.path.join(HERE, "../../tools/foreign-packages")
SECONDS = 120
MACHINE = ["qemu-system-arm", "-cpu", "cortex-a15", "-smp", "1", "-m", "256", "-nodefaults", "-display", "none"]
BOOT = "console=dtuart dtuart=/pl011@9000000 noreboot guest_loglvl=all sched=credit sched_ratelimit_us=0"
MODULES = {"measured": 0x4A000000, "peer": 0x4A100000}


class NoPeer(Exception):
    """Xen cannot be measured here; says why."""


def fetch(build):
    """The path of Debian's Xen, unpacked below the build folder."""
    folder = os.path.join(build, "foreign/xen")
    done = subprocess.run([FETCH, folder, "armhf", "bookworm", "xen-hypervisor-4.17-armhf"], check=False,
                          stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode != 0:
        raise NoPeer(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "Xen was not fetched")
    return os.path.join(folder, "root/boot/xen-4.17-armhf")


def domain_node(name, payload, address):
    return f"""  {name} {{ compatible = "xen,domain"; #address-cells = <1>; #size-cells = <1>;
    cpus = <1>; memory = <0 0x4000>; vpl011;
    module@{address:x} {{ compatible = "multiboot,kernel", "multiboot,module"; bootargs = "{name}";
      reg = <{address:#x} {os.path.getsize(payload):#x}>; }}; }};
"""


def device_tree(folder, payloads, options):
    """QEMU's own description of the machine, and the two domains; -> its path."""
    plain, made = os.path.join(folder, "virt.dtb"), os.path.join(folder, "xen.dtb")
    subprocess.run([*MACHINE, "-M", f"virt,virtualization=on,dumpdtb={plain}"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", plain], stdout=subprocess.PIPE, text=True,
                            check=True).stdout
    source += (f'/ {{ chosen {{ #address-cells = <1>; #size-cells = <1>; xen,xen-bootargs = "{BOOT} {options}";\n'
               + "".join(domain_node(f"domU{number}", payloads[name], MODULES[name])
                         for number, name in enumerate(MODULES, 1)) + "}; };\n")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", made], input=source, text=True, check=True)
    return made


def run(xen, build, options):
    """Boots Xen with these options; -> the figures that its first domain printed."""
    folder = os.path.join(build, "benchmarks/hypervisor/xen")
    payloads = {name: os.path.join(folder, f"bench-xen-{name}.bin") for name in MODULES}
    line = [*MACHINE, "-M", "virt,virtualization=on", "-icount", "shift=0,sleep=off", "-serial", "stdio",
            "-no-reboot", "-kernel", xen, "-dtb", device_tree(folder, payloads, options)]
    for name, address in MODULES.items():
        line += ["-device", f"loader,file={payloads[name]},addr={address:#x},force-raw=on"]
    found, said = {}, []
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          errors="replace") as qemu:
        timer = threading.Timer(SECONDS, qemu.kill)
        timer.start()
        for text in qemu.stdout:
            said.append(text.rstrip())
            _, mark, rest = text.partition("(d1) figure: ")
            if mark:
                name, value = rest.split()
                found[name] = int(value)
            elif "(d1) done" in text:
                break
        timer.cancel()
        qemu.kill()
    if not found or "(d1) done" not in said[-1]:
        raise NoPeer("Xen did not finish: " + " / ".join(said[-3:]))
    return found


def measure(build):
    """-> {operation: instructions}; `access-check` is what FLASK adds to sending an event."""
    try:
        xen = fetch(build)
        found = run(xen, build, "xsm=dummy")
        checked = run(xen, build, "xsm=flask flask=permissive")
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPeer(str(error)) from error
    found["access-check"] = checked["event-send"] - found["event-send"]
    return found
