"""Which devices a device worker owns, as its engine processes and a reader see them.

`DEVICES=0,1;2,3` splits a machine between two workers, `DEVICES=cpu;cpu` between two on its
processor; left out, one worker has all there is.
"""

CPU = "cpu"


def visible(devices: str) -> dict[str, str]:
    """The environment that shows an engine its worker's devices and no others.

    Numbered by the bus, as `nvidia-smi` and NVML do: CUDA's own order is by speed.
    """
    if not devices:
        return {}
    shown = "" if devices == CPU else devices
    return {"CUDA_VISIBLE_DEVICES": shown, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def name_of(devices: str) -> str:
    """A set in words: `GPU 0, 1`, `CPU`; nothing where a worker has the whole machine."""
    if devices == CPU:
        return "CPU"
    return "GPU " + devices.replace(",", ", ") if devices else ""
