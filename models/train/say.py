# SPDX-License-Identifier: Apache-2.0
"""Lines for whoever waits."""
import time


def log(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
