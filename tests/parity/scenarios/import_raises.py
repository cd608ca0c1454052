"""Cannot even be imported."""

raise ValueError("no such machine")
