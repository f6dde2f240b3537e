"""What a scenario may say: frozen models that refuse unknown keys; the text under a field documents it."""
