-- Every record of the hub as it is, with its place in the partition, so that readers recognise one that came twice.
SELECT
    *,
    CAST(GetMetadataPropertyValue([input], '[EventHub].[SequenceNumber]') AS bigint) AS hubSequenceNumber
INTO [output]
FROM [input] TIMESTAMP BY CAST([orderedAt] AS datetime)
