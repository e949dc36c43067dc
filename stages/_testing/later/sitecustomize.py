"""On PYTHONPATH, this makes Python's clocks run 400 days and 7 hours ahead: a stage must not notice.

It reaches `time`, which Python code and most libraries ask; `datetime.now` and C code need libfaketime.
"""

import time

_AHEAD = 400 * 86400 + 7 * 3600
_time, _time_ns, _localtime, _gmtime = time.time, time.time_ns, time.localtime, time.gmtime

time.time = lambda: _time() + _AHEAD
time.time_ns = lambda: _time_ns() + _AHEAD * 10**9
time.localtime = lambda seconds=None: _localtime(time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
