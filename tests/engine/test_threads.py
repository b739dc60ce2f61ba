"""Threads: those that were asked for, else the cores that nobody else keeps busy."""

import os
import subprocess
import sys

import pytest
import torch

from engine.hardware import busy_cores, own_cores, use_threads

SPINNER = [sys.executable, "-c", "print('on', flush=True)\nwhile True: pass"]


@pytest.fixture(autouse=True)
def same_threads_afterwards():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_wanted_number_is_taken_as_it_is():
    assert use_threads(3) == 3
    assert torch.get_num_threads() == 3


def test_there_is_always_one_thread_and_never_more_than_cores():
    assert 1 <= use_threads(0) <= len(own_cores())


@pytest.mark.skipif(os.nice(0) > 0, reason="what niced processes use counts as idle, and these are")
def test_a_core_that_somebody_keeps_busy_is_counted():
    spinners = [subprocess.Popen(SPINNER, stdout=subprocess.PIPE) for _ in own_cores()]
    try:
        for one in spinners:
            one.stdout.readline()
        assert busy_cores() > 0.5 * len(own_cores())
        assert use_threads(0) == 1 or len(own_cores()) > 2
    finally:
        for one in spinners:
            one.kill()
            one.communicate()
