"""magnum-conductor that looks after its clusters each second, and not each ten, for which every change of a cluster would wait."""
from magnum.cmd import conductor
from magnum.service import periodic

if __name__ == "__main__":
    periodic.MagnumPeriodicTasks._periodic_spacing["sync_cluster_status"] = 1
    conductor.main()
