-- How many records each partition of the hub took in a window, and how long the slowest one waited until it was read.
SELECT
    System.Timestamp() AS windowEnd,
    CAST(PartitionId AS bigint) AS hubPartition,
    COUNT(*) AS records,
    MAX(DATEDIFF(millisecond, EventEnqueuedUtcTime, EventProcessedUtcTime)) AS slowestMilliseconds
INTO [output]
FROM [input]
GROUP BY PartitionId, TumblingWindow(second, 60)
