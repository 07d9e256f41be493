"""Pages for people: rendered here, whole without JavaScript, in French and English."""
