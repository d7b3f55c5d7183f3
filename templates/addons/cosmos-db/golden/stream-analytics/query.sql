-- Every record becomes a document, with the time of its arrival and its partition beside its own fields.
SELECT
    *,
    CONCAT(
        CAST(GetMetadataPropertyValue([orders-in], '[EventHub].[PartitionId]') AS nvarchar(max)),
        '-',
        CAST(GetMetadataPropertyValue([orders-in], '[EventHub].[SequenceNumber]') AS nvarchar(max))
    ) AS hubPosition
INTO [orders]
FROM [orders-in]

SELECT
    *,
    CONCAT(
        CAST(GetMetadataPropertyValue([clicks-in], '[EventHub].[PartitionId]') AS nvarchar(max)),
        '-',
        CAST(GetMetadataPropertyValue([clicks-in], '[EventHub].[SequenceNumber]') AS nvarchar(max))
    ) AS hubPosition
INTO [clicks]
FROM [clicks-in]
