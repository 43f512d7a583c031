"""What the Adobe Pass API is: its routes and grammars, as functions that return values or say what is wrong."""
