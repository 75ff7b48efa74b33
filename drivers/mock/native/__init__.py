"""The native types of the rehearsal cloud: data over one generic class, in families. The cloud's own rules are not here."""
