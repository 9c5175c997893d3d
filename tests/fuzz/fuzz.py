# SPDX-License-Identifier: Apache-2.0
"""Runs the libFuzzer targets, and keeps what they find.

    tests/fuzz/fuzz.py look FOLDER PROGRAM ...     FUZZ_SECONDS of CPU each
    tests/fuzz/fuzz.py merge FOLDER PROGRAM ...

In FOLDER it leaves found/TARGET, the inputs that reached something new;
seeds/TARGET; broken/, the inputs that broke a rule; and a log of each run.
`merge` adds to tests/fuzz/corpus what reaches a place in the code that no file
there does.

A target that was not instrumented finds nothing, and says so by having no
counters: that is a failure, as is a broken rule.
"""
import concurrent.futures
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

HERE = pathlib.Path("tests/fuzz")
AT_ONCE = 2
# The module has nearly four thousand; its libraries, without ours, none.
LEAST_COUNTERS = 1000
# What is longer than a limit of the module is for tests/vectors.
LIMITS = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"]


def folder(path):
    path.mkdir(parents=True, exist_ok=True)
    return path


def cpu_seconds(process):
    """What it used so far: the fields utime and stime of its /proc/PID/stat."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    user, system = fields.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def run(target, log, arguments, seconds=None):
    """The exit code; what was said is in the log.

    SIGUSR1 asks a libFuzzer to end as if it had come to the end by itself.
    """
    with open(log, "w") as output:
        process = subprocess.Popen([target, *map(str, arguments)],
                                   stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=output)
        while True:
            try:
                return process.wait(1)
            except subprocess.TimeoutExpired:
                if seconds and cpu_seconds(process) >= seconds:
                    process.send_signal(signal.SIGUSR1)


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def check(name, code, log, summary):
    text = log.read_text(errors="replace")
    if number(r"\((\d+) inline 8-bit counters\)", text) < LEAST_COUNTERS:
        print(f"{name}: not instrumented: see {log}")
        return False
    if code:
        print(text[-4000:], f"{name}: exit code {code}: see {log}", sep="\n")
        return False
    print(f"{name}: {summary(text)}", flush=True)
    return True


def look(top, target, seconds):
    name = target.name
    found = folder(top / "found" / name)
    log = top / f"{name}.log"
    code = run(target, log, [
        *LIMITS, "-print_final_stats=1",
        f"-artifact_prefix={folder(top / 'broken')}/{name}-",
        f"-dict={HERE / 'words.dict'}", found,
        folder(HERE / "corpus" / name), folder(top / "seeds" / name)], seconds)
    return check(name, code, log, lambda text: (
        f"{number(r'number_of_executed_units: *([0-9]+)', text)} inputs in"
        f" {seconds} s of CPU,"
        f" cov {number(r'cov: ([0-9]+)', text)},"
        f" ft {number(r'ft: ([0-9]+)', text)},"
        f" {len(list(found.iterdir()))} kept"))


# By edges alone: how often one was taken would keep ten times as many.
def merge(top, target, seconds):
    name = target.name
    corpus = folder(HERE / "corpus" / name)
    log = top / f"{name}.merge.log"
    before = len(list(corpus.iterdir()))
    code = run(target, log, [
        *LIMITS, "-set_cover_merge=1", "-use_counters=0", corpus,
        folder(top / "found" / name), folder(top / "seeds" / name)])
    return check(name, code, log, lambda text: (
        f"{before} files before, {len(list(corpus.iterdir()))} now,"
        f" {sum(path.stat().st_size for path in corpus.iterdir())} bytes"))


def main(what, top, *programs):
    top = pathlib.Path(top)
    seconds = int(os.environ.get("FUZZ_SECONDS", 60))
    subprocess.run([sys.executable, HERE / "seeds.py", top / "seeds"],
                   check=True)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        work = {"look": look, "merge": merge}[what]
        good = list(pool.map(
            lambda program: work(top, pathlib.Path(program), seconds),
            programs))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{len(programs)} targets, {time.monotonic() - began:.0f} s,"
          f" {used.ru_utime + used.ru_stime:.0f} s of CPU")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
