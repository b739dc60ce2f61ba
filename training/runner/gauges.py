"""What the machine does while a job is at work: its GPUs through NVML, and the engine's processes.

    system/gpu<i>/{utilisation,memory_bytes,temperature,power}   percent, bytes, °C, watts
    system/{cpu_cores,resident_bytes}                            cores kept busy, bytes, of the engine

Sampled by the runner, so that no step waits for it, and told as points of the step that the job is
at: a look every few seconds, the last one of a step counts. Where there is no GPU, or no NVML, its
points are absent.
"""

import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pynvml

EVERY = 5.0
"""Seconds between two looks."""

GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class Gauges:
    """Of one engine process and the GPUs that its worker owns; `devices` as `settings.WORKER_DEVICES`."""

    def __init__(self, pid: int, devices: str) -> None:
        self._pid = pid
        self._gpus = list(_gpus(devices))
        self._due = 0.0
        self._seconds: float | None = None
        self._looked = time.monotonic()

    def look(self) -> dict[str, float]:
        """Values by name; empty until the next look is due."""
        now = time.monotonic()
        if now < self._due:
            return {}
        self._due = now + EVERY
        return {**self._of_process(now), **self._of_gpus()}

    def _of_process(self, now: float) -> dict[str, float]:
        try:
            engine = psutil.Process(self._pid)
            family = [engine, *engine.children(recursive=True)]
        except GONE:
            return {}
        seconds, resident = 0.0, 0
        for one in family:
            with suppress(*GONE):
                times = one.cpu_times()
                seconds += times.user + times.system
                resident += one.memory_info().rss
        if not resident:  # it is over, and nobody has taken note: a false last point of every run
            return {}
        values = {"system/resident_bytes": float(resident)}
        if self._seconds is not None and now > self._looked:
            busy = max(0.0, seconds - self._seconds) / (now - self._looked)
            values["system/cpu_cores"] = round(busy, 3)
        self._seconds, self._looked = seconds, now
        return values

    def _of_gpus(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for number, handle in self._gpus:
            for name, read in READINGS.items():
                with suppress(pynvml.NVMLError):  # a card may lack a sensor, or fall off the bus
                    values[f"system/gpu{number}/{name}"] = float(read(handle))
        return values


READINGS = {
    "utilisation": lambda card: pynvml.nvmlDeviceGetUtilizationRates(card).gpu,
    "memory_bytes": lambda card: pynvml.nvmlDeviceGetMemoryInfo(card).used,
    "temperature": lambda card: pynvml.nvmlDeviceGetTemperature(card, pynvml.NVML_TEMPERATURE_GPU),
    "power": lambda card: pynvml.nvmlDeviceGetPowerUsage(card) / 1000,
}


def _gpus(devices: str) -> Iterator[tuple[int, object]]:
    """(number, handle) of each card that the set names; all of them for an empty set."""
    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        wanted = [one for one in devices.split(",") if one and one != "cpu"]
        if devices and not wanted:
            return
        for number in range(pynvml.nvmlDeviceGetCount()):
            card = pynvml.nvmlDeviceGetHandleByIndex(number)
            if not wanted or str(number) in wanted or pynvml.nvmlDeviceGetUUID(card) in wanted:
                yield number, card
