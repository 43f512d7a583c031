"""Calls that differ only in the values in their path, such as a new MVPD of the same device.

Facts
-----
* These calls have the same route, method, query and fields. Only the parts in `OF_PATH` are different. So a new call keeps everything
  else that was read of the first call (`Call.elsewhere`).
* Only checks that read a part in `OF_PATH` may find something else (`by_parts.py`).
* If the texts in the keys of slices are the same, too, these calls share their steps (`steps_of.py`). They also share which steps rest.
"""

OF_PATH = frozenset({"method_and_path", "provider", "code", "whole_tag"})
"""The parts of a call, as `by_parts.MADE_OF` names them, that differ between these calls."""
