import DeviceModel

extension Model {
  /// A device behind a virtio transport in memory, which goes into a slot of the board.
  static func virtio(
    _ name: String, _ summary: String, regions: [RegionModel] = [], parameters: [ParameterModel] = [],
    backends: [String] = []
  ) -> Model {
    Model(
      name, summary, regions: [RegionModel("registers", .memory, size: 0x200, widths: 1...4)] + regions,
      outputs: ["irq"],
      parameters: parameters + [
        ParameterModel("force-legacy", .flag, default: "off", "the legacy interface, version 1"),
        ParameterModel("packed", .flag, default: "off", "offers packed queues"),
        ParameterModel("event_idx", .flag, default: "on", "offers VIRTIO_F_EVENT_IDX"),
        ParameterModel("indirect_desc", .flag, default: "on", "offers indirect descriptors"),
      ], backends: backends, slot: VirtioMMIO.model.name)
  }
}
