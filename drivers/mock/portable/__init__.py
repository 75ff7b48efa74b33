"""How portable resources become natives of the rehearsal cloud, and how selectors are answered from its catalog. Pure but for the choosers."""
