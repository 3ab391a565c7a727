import SavedState

/// Snapshots, and what takes its time.
extension QMPCommand {
  static let jobs: [QMPCommand] = [
    .action(
      "snapshot-save", "saves the machine to a snapshot file while the guest runs on",
      [
        QMPMember("job-id", .string), QMPMember("tag", .string), QMPMember("comment", .string, optional: true),
        QMPMember("compress", .integer, optional: true), QMPMember("base", .string, optional: true),
        QMPMember("x-disks", .boolean, optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      try control.saveSnapshot(
        to: arguments.text("tag"), comment: arguments.string("comment") ?? "",
        compression: try arguments.integer("compress", 1...19), base: arguments.string("base"),
        withOverlays: arguments.flag("x-disks") ?? false, job: arguments.text("job-id"))
    },
    .action(
      "snapshot-load", "loads the machine from a snapshot file",
      [
        QMPMember("job-id", .string), QMPMember("tag", .string),
        QMPMember("x-changed-disks", .boolean, optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      try control.loadSnapshot(
        from: arguments.text("tag"), acceptingChanges: arguments.flag("x-changed-disks") ?? false,
        job: arguments.text("job-id"))
    },
    .action(
      "snapshot-delete", "removes a snapshot file", [QMPMember("job-id", .string), QMPMember("tag", .string)]
    ) { control, arguments throws(CommandError) in
      try control.deleteSnapshot(at: arguments.text("tag"), job: arguments.text("job-id"))
    },
    QMPCommand(
      "query-jobs", "the jobs that have not been dismissed",
      returns: .list(
        "JobInfo",
        [
          QMPMember("id", .string), QMPMember("type", .enumeration("JobType", Job.Kind.allCases.map(\.rawValue))),
          QMPMember("status", jobStatus), QMPMember("current-progress", .integer),
          QMPMember("total-progress", .integer), QMPMember("error", .string, optional: true),
          QMPMember("x-downtime-us", .integer, optional: true),
        ])
    ) { control, _ in
      .array(
        control.jobs.all.map { job in
          let (done, total) = job.progress
          return .object(
            [
              JSONMember("id", .string(job.id)), JSONMember("type", .string(job.kind.rawValue)),
              JSONMember("status", .string(job.status.rawValue)),
              JSONMember("current-progress", .integer(Int128(done))),
              JSONMember("total-progress", .integer(Int128(total))),
            ] + (job.failure.map { [JSONMember("error", .string($0.description))] } ?? [])
              + (job.downtime.map { [JSONMember("x-downtime-us", .integer(Int128($0 / 1000)))] } ?? []))
        })
    },
    .action("job-cancel", "asks a job to give up", [QMPMember("id", .string)]) {
      control, arguments throws(CommandError) in
      try control.jobs.cancel(arguments.text("id"))
    },
    .action("job-dismiss", "forgets a job that has concluded", [QMPMember("id", .string)]) {
      control, arguments throws(CommandError) in
      try control.jobs.dismiss(arguments.text("id"))
    },
  ]

  static let jobStatus = QMPType.enumeration("JobStatus", Job.Status.allCases.map(\.rawValue))
}
