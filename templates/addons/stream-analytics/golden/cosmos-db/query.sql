SELECT
    device AS device,
    MAX(CAST(temperature AS float)) AS hottest,
    System.Timestamp() AS windowEnd
INTO [output]
FROM [input]
GROUP BY device, TumblingWindow(minute, 1)
