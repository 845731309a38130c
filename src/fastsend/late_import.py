"""Imports that wait until they are needed, by one thread at a time.

pydicom's modules import each other in circles: two threads that import it at once can see a
half-made module. Whoever imports pydicom or pynetdicom late does so under this lock.
"""

import threading

LATE_IMPORT = threading.RLock()
