"""The Adobe Pass API: its routes and grammars, as functions that return values or name the mistake."""
